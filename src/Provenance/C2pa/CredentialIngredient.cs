using System.Globalization;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.C2pa.Writing;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance;

/// <summary>How an input was used (C2PA 2.2, 18.16.3).</summary>
public enum IngredientRole
{
    /// <summary>The content was opened and changed. There is at most one.</summary>
    Parent,

    /// <summary>It was placed into the content.</summary>
    Component,

    /// <summary>A model looked at it, and nothing of it need be in the content: a reference picture.</summary>
    Input,
}

/// <summary>
/// An input, with the credentials that it carried and with what the check of them found when it was taken in (<c>c2pa.ingredient.v3</c>). Also a
/// tampered input is taken in, and says so for ever.
/// </summary>
public sealed class CredentialIngredient
{
    private const int MostTitle = 1024;

    /// <summary>The longest history that is copied, in manifests. Readers follow 200 ingredients of ingredients, and a generation adds about 6 kB to every file after it.</summary>
    public const int MostManifests = 128;

    /// <summary>The largest store that is copied, in bytes.</summary>
    public const int MostStoreBytes = 8 << 20;

    private CredentialIngredient(IngredientRole role, string title, string mediaType, CredentialVerdict verdict, IngredientManifests? manifests, string? whyNotKept) =>
        (Role, Title, MediaType, Verdict, Manifests, WhyNotKept) = (role, title, mediaType, verdict, manifests, whyNotKept);

    public IngredientRole Role { get; }

    public string Title { get; }

    public string MediaType { get; }

    /// <summary>What the check at <see cref="TakeIn"/> came to; the manifest repeats its codes.</summary>
    public CredentialVerdict Verdict { get; }

    /// <summary>The manifests that are copied; null when there were none, or none that another program could read, or too many.</summary>
    internal IngredientManifests? Manifests { get; }

    /// <summary>Why manifests that were there are not copied, for the new manifest; null otherwise.</summary>
    internal string? WhyNotKept { get; }

    /// <summary>
    /// Checks the credentials of an input and keeps them. An input without credentials, or in a format that is not known here, becomes a plain ingredient.
    /// So does one whose manifests are too broken to be copied, or more than <see cref="MostManifests"/>; then its description in the new manifest says so, with the URN of the active one.
    /// </summary>
    /// <param name="file">The whole file as it came in.</param>
    /// <param name="title">1 to 1,024 characters for viewers; name no person.</param>
    /// <param name="at">As of when it is checked.</param>
    /// <param name="mediaType">Only for formats that are not known here.</param>
    /// <param name="recorded">What the check found when it was taken in, where that was before <paramref name="at"/>: the new manifest repeats it. Null to go by the check of <paramref name="at"/> alone.</param>
    /// <exception cref="ArgumentException">The title is empty or too long.</exception>
    public static CredentialIngredient TakeIn(
        ReadOnlyMemory<byte> file, IngredientRole role, string title, TrustAnchors anchors, DateTimeOffset at, string mediaType = "application/octet-stream", RecordedCheck? recorded = null)
    {
        if (title.Length is < 1 or > MostTitle) throw new ArgumentException($"The title of an ingredient must have 1 to {MostTitle} characters, but it has {title.Length}.", nameof(title));
        CredentialVerdict verdict = ManifestStoreValidator.Validate(file, anchors, at);
        if (recorded is not null) verdict = recorded.Over(verdict);
        string type = Carrier.Sniff(file.Span).MediaType() ?? mediaType;
        if (verdict.State == CredentialState.None) return new(role, title, type, verdict, null, null);
        IngredientManifests? manifests = IngredientManifests.TryRead(file);
        string? whyNot = manifests is null
                ? "The input carried Content Credentials that are too broken to be kept: " + string.Join(", ", verdict.Failures.Select(f => f.Code).Distinct())
            : manifests.Boxes.Count > MostManifests || manifests.Length > MostStoreBytes
                ? string.Create(CultureInfo.InvariantCulture, $"The input carried Content Credentials whose history is too long to be kept: {manifests.Boxes.Count} manifests, the active one {manifests.Active.Label}, found {verdict.Fault?.ToString() ?? verdict.State.ToString()}.")
            : null;
        return new(role, title, type, verdict, whyNot is null ? manifests : null, whyNot);
    }
}
