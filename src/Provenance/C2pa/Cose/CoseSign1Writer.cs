using System.Diagnostics;
using System.Formats.Cbor;

namespace Vitrine.Provenance.C2pa.Cose;

/// <summary>
/// Writes the tagged, detached COSE_Sign1 of a claim (RFC 9052, 4.2; C2PA 2.2, 13.2) at exactly the size that was reserved for it.
/// Written by hand because the sizes must be known before the signature is, and because a remote key signs bytes, not messages.
/// </summary>
internal sealed class CoseSign1Writer
{
    private const int AlgorithmHeader = 1, CertificateChainHeader = 33;

    /// <summary>Room without a time stamp; enough for two certificates on elliptic curves.</summary>
    private const int UsualReserve = 2048;

    /// <summary>Room for a time stamp with the certificates of its authority; commercial ones take 3 to 7 kB.</summary>
    private const int TimeStampReserve = 10_000;

    /// <summary>Room beyond what is needed, so that some padding is always there and its head can be of any width.</summary>
    private const int Slack = 64;

    private readonly IClaimSigner signer;
    private readonly byte[] protectedHeader;

    /// <param name="morePadding">Bytes more than usual, for a store that must have a certain length.</param>
    public CoseSign1Writer(IClaimSigner signer, bool withTimeStamp = false, int morePadding = 0)
    {
        this.signer = signer;
        protectedHeader = EncodeProtectedHeader(signer);
        Reserve = Math.Max(UsualReserve, UnpaddedLength(signer.SignatureLength, null) + Slack) + (withTimeStamp ? TimeStampReserve : 0) + morePadding;
    }

    /// <summary>Length in bytes of every message that <see cref="Encode(byte[], byte[])"/> writes.</summary>
    public int Reserve { get; }

    public byte[] Sign(byte[] claim) => Encode(SignatureOver(claim), null);

    public byte[] SignatureOver(byte[] claim)
    {
        byte[] signature = signer.Sign(SignatureStructure.Encode(protectedHeader, claim));
        return signature.Length == signer.SignatureLength ? signature
            : throw new InvalidOperationException($"The signer answered {signature.Length} bytes and had promised {signer.SignatureLength}.");
    }

    /// <summary>The structure whose hash a time stamp of this signature is over (<c>sigTst2</c>).</summary>
    public byte[] ToBeStamped(byte[] signature)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteByteString(signature);
        return CounterSignature.Encode(protectedHeader, writer.Encode());
    }

    public bool HasRoomFor(byte[] timeStampToken) => UnpaddedLength(signer.SignatureLength, timeStampToken) + Slack <= Reserve;

    /// <summary>The whole message, padded to <see cref="Reserve"/>.</summary>
    public byte[] Encode(byte[] signature, byte[]? timeStampToken)
    {
        byte[] message = Encode(PaddingFor(Reserve - UnpaddedLength(signature.Length, timeStampToken)), signature, timeStampToken);
        return message.Length == Reserve ? message : throw new UnreachableException("The padding did not bring the signature to its reserve.");
    }

    private static byte[] EncodeProtectedHeader(IClaimSigner signer)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(2);
        writer.WriteInt32(AlgorithmHeader);
        writer.WriteInt32((int)signer.Algorithm);
        writer.WriteInt32(CertificateChainHeader);
        // RFC 9360: a single certificate stands alone, several stand in an array.
        if (signer.CertificateChainDer.Count == 1) writer.WriteByteString(signer.CertificateChainDer[0]);
        else
        {
            writer.WriteStartArray(signer.CertificateChainDer.Count);
            foreach (byte[] certificate in signer.CertificateChainDer) writer.WriteByteString(certificate);
            writer.WriteEndArray();
        }
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>
    /// Lengths of <c>pad</c> and <c>pad2</c> that add exactly <paramref name="gap"/> bytes. One pad alone cannot meet every gap, because the
    /// head of a byte string grows at 24, 256 and 65,536 bytes; then a short second one shifts the first.
    /// </summary>
    internal static int[] PaddingFor(int gap)
    {
        for (int second = -1; second < 8; second++)
        {
            int left = gap - (second < 0 ? 0 : EntryLength("pad2", second));
            for (int head = 1; head <= 5; head = head == 1 ? 2 : head == 2 ? 3 : head + 2)
            {
                int first = left - EntryLength("pad", 0) - (head - 1);
                if (first >= 0 && EntryLength("pad", first) == left) return second < 0 ? [first] : [first, second];
            }
        }
        throw new UnreachableException($"No padding fills {gap} bytes.");
    }

    private static int EntryLength(string label, int length) => 1 + label.Length + HeadLength(length) + length;

    private static int HeadLength(int length) => length switch { < 24 => 1, < 256 => 2, < 65536 => 3, _ => 5 };

    /// <summary>Tag, array, nil and the head of the unprotected map are one byte each.</summary>
    private int UnpaddedLength(int signatureLength, byte[]? token) =>
        1 + 1 + HeadLength(protectedHeader.Length) + protectedHeader.Length + 1 + 1 + HeadLength(signatureLength) + signatureLength
        + (token is null ? 0 : EncodeTimeStamps(token).Length + 1 + CoseSign1.TimeStampsHeader.Length);

    private byte[] Encode(int[] padding, byte[] signature, byte[]? token)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical, initialCapacity: Reserve);
        writer.WriteTag((CborTag)18);
        writer.WriteStartArray(4);
        writer.WriteByteString(protectedHeader);
        writer.WriteStartMap(padding.Length + (token is null ? 0 : 1));
        for (int i = 0; i < padding.Length; i++)
        {
            writer.WriteTextString(i == 0 ? "pad" : "pad2");
            writer.WriteByteString(new byte[padding[i]]);
        }
        if (token is not null)
        {
            writer.WriteTextString(CoseSign1.TimeStampsHeader);
            writer.WriteEncodedValue(EncodeTimeStamps(token));
        }
        writer.WriteEndMap();
        writer.WriteNull();
        writer.WriteByteString(signature);
        writer.WriteEndArray();
        return writer.Encode();
    }

    private static byte[] EncodeTimeStamps(byte[] token)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical, initialCapacity: token.Length + 32);
        writer.WriteStartMap(1);
        writer.WriteTextString("tstTokens");
        writer.WriteStartArray(1);
        writer.WriteStartMap(1);
        writer.WriteTextString("val");
        writer.WriteByteString(token);
        writer.WriteEndMap();
        writer.WriteEndArray();
        writer.WriteEndMap();
        return writer.Encode();
    }
}
