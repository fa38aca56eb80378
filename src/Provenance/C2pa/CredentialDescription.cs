namespace Vitrine.Provenance;

/// <summary>What a manifest says about the picture. Nothing in it names a person or repeats a prompt.</summary>
/// <param name="ManifestId">A version 4 UUID in the form <c>xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx</c>; the manifest is <c>urn:c2pa:</c> followed by it.</param>
/// <param name="When">When the model made the picture; written in UTC, in whole seconds.</param>
/// <param name="GeneratorName">The product that writes the manifest, 1 to 256 characters.</param>
/// <param name="GeneratorVersion">Its version, 1 to 256 characters.</param>
/// <param name="ModelName">The model that made the picture, 1 to 256 characters.</param>
/// <param name="ModelVersion">Its version, 1 to 256 characters.</param>
/// <param name="ModelDigest">Digest of the model's files, <c>sha256:</c> and 64 lower-case hexadecimal digits.</param>
/// <param name="SourceType">How the picture came to be.</param>
/// <param name="Title">Title of the picture, 1 to 1,024 characters, or null.</param>
/// <param name="DoNotTrain">Whether to add the statement that the picture must not be used for training or data mining (<c>cawg.training-mining</c>).</param>
public sealed record CredentialDescription(
    string ManifestId,
    DateTimeOffset When,
    string GeneratorName,
    string GeneratorVersion,
    string ModelName,
    string ModelVersion,
    string ModelDigest,
    DigitalSourceType SourceType,
    string? Title,
    bool DoNotTrain)
{
    private const int MaxName = 256, MaxTitle = 1024, MaxThumbnail = 1 << 20, MaxIngredients = 64, MaxChanges = 64;

    /// <summary>A small picture for viewers, at most 1 MiB, or null.</summary>
    public ClaimThumbnail? Thumbnail { get; init; }

    /// <summary>
    /// The inputs, at most 64 and at most one of them a parent. Without a parent the manifest says that the model created the picture, with one that the
    /// parent was opened.
    /// </summary>
    public IReadOnlyList<CredentialIngredient> Ingredients { get; init; } = [];

    /// <summary>
    /// What was done after the picture was created or the parent opened, in this order, at most 64. With a parent and nothing listed, the model edited it;
    /// a mere rendition of the parent (another size or format) lists only what it was.
    /// </summary>
    public IReadOnlyList<ContentChange> Changes { get; init; } = [];

    /// <summary>The watermark that was embedded before signing, or null.</summary>
    public SoftBinding? SoftBinding { get; init; }

    /// <summary>The label of the manifest in the store.</summary>
    public string ManifestLabel => "urn:c2pa:" + ManifestId;

    internal void ThrowIfUnusable()
    {
        if (!Guid.TryParseExact(ManifestId, "D", out Guid id) || id.Version != 4)
            throw new ArgumentException($"A manifest id must be a version 4 UUID, but this is '{ManifestId}'.", nameof(ManifestId));
        RequireLength(GeneratorName, MaxName, nameof(GeneratorName));
        RequireLength(GeneratorVersion, MaxName, nameof(GeneratorVersion));
        RequireLength(ModelName, MaxName, nameof(ModelName));
        RequireLength(ModelVersion, MaxName, nameof(ModelVersion));
        if (Title is not null) RequireLength(Title, MaxTitle, nameof(Title));
        const string Prefix = "sha256:";
        if (!ModelDigest.StartsWith(Prefix, StringComparison.Ordinal) || ModelDigest.Length != Prefix.Length + 64
            || !ModelDigest.Skip(Prefix.Length).All(char.IsAsciiHexDigitLower))
            throw new ArgumentException($"A model digest must be 'sha256:' and 64 lower-case hexadecimal digits, but this is '{ModelDigest}'.", nameof(ModelDigest));
        if (Thumbnail is { Bytes.Length: 0 or > MaxThumbnail })
            throw new ArgumentException($"A thumbnail must have 1 to {MaxThumbnail} bytes, but this has {Thumbnail.Bytes.Length}.", nameof(Thumbnail));
        if (Thumbnail is { MediaType: not ("image/png" or "image/jpeg" or "image/webp") })
            throw new ArgumentException($"A thumbnail must be image/png, image/jpeg or image/webp, but this is '{Thumbnail.MediaType}'.", nameof(Thumbnail));
        if (Ingredients.Count > MaxIngredients) throw new ArgumentException($"There may be at most {MaxIngredients} ingredients, but there are {Ingredients.Count}.", nameof(Ingredients));
        if (Ingredients.Count(i => i.Role == IngredientRole.Parent) > 1) throw new ArgumentException("There may be at most one parent.", nameof(Ingredients));
        if (Changes.Count > MaxChanges) throw new ArgumentException($"There may be at most {MaxChanges} changes, but there are {Changes.Count}.", nameof(Changes));
        foreach (ContentChange change in Changes) change.ThrowIfUnusable();
        if (SoftBinding is null && Changes.Any(c => c.Action == ContentChange.WatermarkedAction))
            throw new ArgumentException("A watermark is listed among the changes, but no soft binding describes it.", nameof(Changes));
        SoftBinding?.ThrowIfUnusable();
    }

    private static void RequireLength(string text, int most, string name)
    {
        if (text.Length < 1 || text.Length > most)
            throw new ArgumentException($"{name} must have 1 to {most} characters, but it has {text.Length}.", name);
    }
}

/// <summary>A picture inside the manifest (<c>c2pa.thumbnail.claim</c>).</summary>
/// <param name="MediaType"><c>image/png</c>, <c>image/jpeg</c> or <c>image/webp</c>.</param>
/// <param name="Bytes">The encoded picture.</param>
public sealed record ClaimThumbnail(string MediaType, ReadOnlyMemory<byte> Bytes);
