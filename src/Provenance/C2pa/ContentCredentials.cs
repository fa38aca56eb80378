using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.C2pa.Writing;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance;

/// <summary>
/// Writes and reads Content Credentials (C2PA 2.4: claim version 2) in PNG, JPEG and WebP files. Sign last: any byte that changes later
/// breaks the hash.
/// </summary>
public static class ContentCredentials
{
    /// <summary>
    /// Answers the file with one manifest store, in place of any that it had. No time stamp is added, so the signature is good for as long as
    /// the signer's certificate is valid.
    /// </summary>
    /// <exception cref="MalformedMediaException">The file is not a well-formed PNG, JPEG or WebP.</exception>
    /// <exception cref="ArgumentException">The description breaks one of its stated bounds.</exception>
    public static byte[] Sign(ReadOnlyMemory<byte> file, CredentialDescription description, IClaimSigner signer)
    {
        description.ThrowIfUnusable();
        Carrier carrier = Carrier.Open(file);
        var draft = new ManifestDraft(description, signer);
        int start = carrier.FrameStart;
        int length = draft.StoreLength(start, 0);
        // The width of the exclusion's numbers is part of the length. Each round can only lengthen the store, so this ends.
        for (int settled = 0; settled != length;)
        {
            settled = length;
            length = draft.StoreLength(start, carrier.ExclusionLength(settled));
        }
        int exclusion = carrier.ExclusionLength(length);
        byte[] output = carrier.CopyWithRoomFor(length);
        byte[] store = draft.Complete(start, exclusion, HashAround(output, start, exclusion));
        carrier.WriteFrame(output.AsSpan(start), store);
        return output;
    }

    /// <summary>
    /// Checks the manifest store of a file against everything that this platform knows of C2PA, as of <paramref name="at"/>. Never throws on
    /// hostile bytes: what cannot be read is a failure among the findings.
    /// </summary>
    public static CredentialVerdict Verify(ReadOnlyMemory<byte> file, TrustAnchors anchors, DateTimeOffset at) =>
        ManifestStoreValidator.Validate(file, anchors, at);

    private static byte[] HashAround(byte[] file, int start, int length)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(file.AsSpan(0, start));
        hash.AppendData(file.AsSpan(start + length));
        return hash.GetHashAndReset();
    }
}
