using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.C2pa.Writing;

namespace Vitrine.Provenance;

/// <summary>
/// Writes and reads Content Credentials (C2PA 2.4: claim version 2) in PNG, JPEG, WebP and MP4 files. Sign last: any byte that changes later
/// breaks the hash.
/// </summary>
public static class ContentCredentials
{
    /// <summary>
    /// Answers the file with one manifest store, in place of any that it had. No time stamp is added, so the signature is good for as long as
    /// the signer's certificate is valid; <see cref="AddTimeStamp"/> adds one later.
    /// </summary>
    /// <exception cref="MalformedMediaException">The file is not a well-formed PNG, JPEG, WebP or MP4, or an MP4 in fragments.</exception>
    /// <exception cref="ArgumentException">The description breaks one of its stated bounds.</exception>
    public static byte[] Sign(ReadOnlyMemory<byte> file, CredentialDescription description, IClaimSigner signer) =>
        new SigningDraft(file, description, signer, withTimeStamp: false).Finish(null);

    /// <summary>
    /// Like <see cref="Sign(ReadOnlyMemory{byte}, CredentialDescription, IClaimSigner)"/>, and lets an authority attest when it was signed (<c>sigTst2</c>; C2PA 2.2, 10.3.2.5).
    /// When the authority cannot be reached the file is signed without, and the answer says so.
    /// </summary>
    /// <exception cref="MalformedMediaException">The file is not a well-formed PNG, JPEG, WebP or MP4, or an MP4 in fragments.</exception>
    /// <exception cref="ArgumentException">The description breaks one of its stated bounds.</exception>
    public static async Task<SignedFile> Sign(
        ReadOnlyMemory<byte> file, CredentialDescription description, IClaimSigner signer, ITimeStampAuthority authority, CancellationToken cancellation)
    {
        var draft = new SigningDraft(file, description, signer, withTimeStamp: true);
        string whyNot;
        try
        {
            byte[] token = await TimeStampRequest.TokenFor(draft.ToBeStamped, authority, cancellation);
            if (draft.HasRoomFor(token)) return new(draft.Finish(token), true, null);
            whyNot = $"The time stamp has {token.Length} bytes, which is more than was kept free.";
        }
        catch (TimeStampUnavailableException unavailable)
        {
            whyNot = unavailable.Message;
        }
        return new(new SigningDraft(file, description, signer, withTimeStamp: false, leavesRoom: true).Finish(null), false, whyNot);
    }

    /// <summary>
    /// Adds an update manifest with a time stamp of the active manifest's signature (<c>c2pa.time-stamp</c>; C2PA 2.2, 11.2.3 and 18.17). The content and its manifests stay as they
    /// are, byte for byte; the update is stamped too. Do it while the signer's certificate is valid: the stamp attests that the signature is no younger.
    /// </summary>
    /// <param name="file">A file that is valid as it is.</param>
    /// <exception cref="TimeStampUnavailableException">The authority did not answer; try again later.</exception>
    /// <exception cref="ArgumentException">The file is not valid, has no room for updates, or the description breaks one of its bounds.</exception>
    public static Task<byte[]> AddTimeStamp(
        ReadOnlyMemory<byte> file, UpdateDescription update, IClaimSigner signer, ITimeStampAuthority authority, TrustAnchors anchors, DateTimeOffset at, CancellationToken cancellation) =>
        UpdateManifest.AddTimeStamp(file, update, signer, authority, anchors, at, cancellation);

    /// <summary>
    /// Checks the manifest store of a file against everything that this platform knows of C2PA, as of <paramref name="at"/>. Never throws on
    /// hostile bytes: what cannot be read is a failure among the findings.
    /// </summary>
    public static CredentialVerdict Verify(ReadOnlyMemory<byte> file, TrustAnchors anchors, DateTimeOffset at) =>
        ManifestStoreValidator.Validate(file, anchors, at);
}
