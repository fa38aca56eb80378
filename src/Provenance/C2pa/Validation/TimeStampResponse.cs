using System.Formats.Asn1;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Claims of version 1 may store the whole TimeStampResp of RFC 3161, 2.4.2, where version 2 stores the token in it.</summary>
internal static class TimeStampResponse
{
    public static ReadOnlyMemory<byte> TokenIn(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            AsnReader response = new AsnReader(bytes, AsnEncodingRules.BER).ReadSequence();
            // A token begins with an object identifier, a response with the sequence of its status.
            if (response.PeekTag() != new Asn1Tag(UniversalTagNumber.Sequence, isConstructed: true)) return bytes;
            response.ReadSequence();
            return response.HasData ? response.ReadEncodedValue() : bytes;
        }
        catch (AsnContentException)
        {
            return bytes;
        }
    }
}
