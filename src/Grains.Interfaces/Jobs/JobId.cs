using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Grains.Interfaces;

/// <summary>A job: <c>job_</c> and 26 of <c>0-9a-z</c> (Crockford base 32 of 128 bits, without i l o u).</summary>
[GenerateSerializer, Immutable, Alias("vitrine.JobId")]
public readonly record struct JobId([property: Id(0)] string Value)
{
    private const string Prefix = "job_";

    /// <summary>A fresh id, called at the edge only: see <see cref="Base32.Fresh"/>.</summary>
    public static JobId New() => new(Prefix + Base32.Fresh());

    /// <summary>The one job that an idempotency key of one user names, for ever: the same key gives the same id.</summary>
    public static JobId ForIdempotencyKey(Principal principal, string idempotencyKey) =>
        new(Prefix + Base32.Named($"idempotency-key\n{principal.Tenant}\n{principal.User?.Value}\n{principal.Key}\n{idempotencyKey}"));

    public static bool TryParse(string? text, out JobId id)
    {
        id = new(text ?? "");
        return text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && Base32.IsEncoded(text.AsSpan(Prefix.Length));
    }

    public override string ToString() => Value;
}

[GenerateSerializer, Immutable, Alias("vitrine.JobKey")]
public readonly record struct JobKey([property: Id(0)] TenantId Tenant, [property: Id(1)] JobId Job)
{
    public static JobKey Parse(string text) { var (tenant, rest) = GrainKeyText.Split(text); return new(tenant, new(rest)); }
    public override string ToString() => GrainKeyText.Join(Tenant, Job.Value);
}

/// <summary>Crockford's base 32 of 16 bytes: 26 digits, lower case.</summary>
internal static class Base32
{
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 26;
    private static readonly System.Buffers.SearchValues<char> Alphabet = System.Buffers.SearchValues.Create(Digits);

    /// <summary>A version 7 UUID (RFC 9562), whose time keeps new rows together in every index, and whose 74 random bits nobody guesses.</summary>
    public static string Fresh() => Encode(Guid.CreateVersion7().ToByteArray(bigEndian: true));

    /// <summary>The one value that a name stands for, for ever: half of its SHA-256.</summary>
    public static string Named(string name) => Encode(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Span<char> text = stackalloc char[Length];
        for (var i = Length - 1; i >= 0; i--, value >>= 5) text[i] = Digits[(int)(value & 31)];
        return new string(text);
    }

    public static bool IsEncoded(ReadOnlySpan<char> text) => text.Length == Length && text.IndexOfAnyExcept(Alphabet) < 0;
}
