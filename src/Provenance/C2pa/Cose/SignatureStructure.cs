using System.Formats.Cbor;

namespace Vitrine.Provenance.C2pa.Cose;

/// <summary>The bytes that a claim signature is over: Sig_structure with an empty external_aad (RFC 9052, 4.4).</summary>
internal static class SignatureStructure
{
    public static byte[] Encode(ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> claim)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical, initialCapacity: protectedHeader.Length + claim.Length + 32);
        writer.WriteStartArray(4);
        writer.WriteTextString("Signature1");
        writer.WriteByteString(protectedHeader);
        writer.WriteByteString([]);
        writer.WriteByteString(claim);
        writer.WriteEndArray();
        return writer.Encode();
    }
}
