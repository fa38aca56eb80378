using System.Diagnostics;
using Vitrine.Provenance.C2pa.Cose;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>A file that is signed and waits for its time stamp: everything is in place but the signature box.</summary>
internal sealed class SigningDraft
{
    private readonly Carrier carrier;
    private readonly CoseSign1Writer cose;
    private readonly ManifestDraft draft;
    private readonly byte[] output;
    private readonly byte[] claim;
    private readonly byte[] signature;
    private readonly int start;

    /// <param name="leavesRoom">Whether the file must be able to take an update later; in WebP that costs a second exclusion.</param>
    public SigningDraft(ReadOnlyMemory<byte> file, CredentialDescription description, IClaimSigner signer, bool withTimeStamp, bool leavesRoom = false)
    {
        description.ThrowIfUnusable();
        carrier = Carrier.Open(file);
        cose = new(signer, withTimeStamp);
        draft = new(carrier, description, cose.Reserve, leavesRoom);
        start = carrier.FrameStart;
        int length = draft.StoreLength(start, 0);
        // The width of the exclusion's numbers is part of the length. Each round can only lengthen the store, so this ends.
        for (int settled = 0; settled != length;)
        {
            settled = length;
            length = draft.StoreLength(start, carrier.ExclusionLength(settled));
        }
        int exclusion = carrier.ExclusionLength(length);
        output = carrier.CopyWithRoomFor(length);
        claim = draft.Bind(start, exclusion, HardBinding.HashOf(carrier, output, start, exclusion, leavesRoom));
        signature = cose.SignatureOver(claim);
        StoreLength = length;
    }

    private int StoreLength { get; }

    /// <summary>What a time stamp has to be over.</summary>
    public byte[] ToBeStamped => cose.ToBeStamped(signature);

    /// <summary>Whether a token of this length fits into the room that was kept free.</summary>
    public bool HasRoomFor(byte[] token) => cose.HasRoomFor(token);

    /// <summary>The finished file. Call it once.</summary>
    public byte[] Finish(byte[]? timeStampToken)
    {
        byte[] store = draft.Complete(claim, cose.Encode(signature, timeStampToken));
        if (store.Length != StoreLength) throw new UnreachableException("The layout of the store moved.");
        carrier.WriteFrame(output.AsSpan(start), store);
        return output;
    }
}
