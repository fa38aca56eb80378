using System.Formats.Cbor;

namespace Vitrine.Provenance.C2pa.Cose;

/// <summary>The bytes whose hash a time stamp is over (C2PA 2.2, 10.3.2.5; RFC 9338, 3.3 without the countersigner's own header).</summary>
internal static class CounterSignature
{
    /// <param name="payload">For <c>sigTst2</c> the signature as an encoded byte string, head included; for <c>sigTst</c> the claim.</param>
    public static byte[] Encode(ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> payload)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical, initialCapacity: protectedHeader.Length + payload.Length + 40);
        writer.WriteStartArray(4);
        writer.WriteTextString("CounterSignature");
        writer.WriteByteString(protectedHeader);
        writer.WriteByteString([]);
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }
}
