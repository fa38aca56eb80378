namespace Vitrine.Provenance;

/// <summary>Who writes an update manifest, and when.</summary>
/// <param name="ManifestId">A version 4 UUID that no manifest of the file has.</param>
/// <param name="When">When the update is made; written in UTC, in whole seconds.</param>
/// <param name="GeneratorName">The product that writes it, 1 to 256 characters.</param>
/// <param name="GeneratorVersion">Its version, 1 to 256 characters.</param>
public sealed record UpdateDescription(string ManifestId, DateTimeOffset When, string GeneratorName, string GeneratorVersion)
{
    private const int MostName = 256;

    internal void ThrowIfUnusable()
    {
        if (!Guid.TryParseExact(ManifestId, "D", out Guid id) || id.Version != 4)
            throw new ArgumentException($"A manifest id must be a version 4 UUID, but this is '{ManifestId}'.", nameof(ManifestId));
        if (GeneratorName.Length is < 1 or > MostName || GeneratorVersion.Length is < 1 or > MostName)
            throw new ArgumentException($"Name and version of the generator must have 1 to {MostName} characters.", nameof(GeneratorName));
    }
}
