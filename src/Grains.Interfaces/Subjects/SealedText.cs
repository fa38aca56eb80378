namespace Vitrine.Grains.Interfaces;

/// <summary>What a person said, readable only with that person's key (docs/adr/0020).</summary>
/// <param name="Subject">The <see cref="SubjectId"/> whose key it is.</param>
/// <param name="Box">Base 64 of nonce, ciphertext and tag of AES-256-GCM.</param>
/// <param name="Commitment">Base 64 of <c>SHA-256(salt ‖ text)</c>; the salt follows from the same key.</param>
[GenerateSerializer, Immutable, Alias("vitrine.SealedText")]
public sealed record SealedText([property: Id(0)] string Subject, [property: Id(1)] string Box, [property: Id(2)] string Commitment);
