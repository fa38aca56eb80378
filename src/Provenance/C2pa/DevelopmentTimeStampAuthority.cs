using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance;

/// <summary>
/// A time stamp authority (RFC 3161) for laptops and tests, inside the process. It attests what its clock says, and nobody else trusts its root.
/// </summary>
public sealed class DevelopmentTimeStampAuthority : ITimeStampAuthority, IDisposable
{
    private const string TokenInfoContent = "1.2.840.113549.1.9.16.1.4", SigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";

    /// <summary>A policy must be named; this arc is for examples (RFC 5612 keeps 1.3.6.1.4.1.32473 for documentation).</summary>
    private const string Policy = "1.3.6.1.4.1.32473.1";

    private const int Granted = 0, Rejection = 2, BadRequestBit = 2, SerialBytes = 16;

    private readonly X509Certificate2 certificate;
    private readonly TimeProvider time;

    /// <param name="certificatePem">Certificate of the authority, with time stamps as its only and critical purpose.</param>
    /// <param name="keyPem">Its private key, unencrypted PKCS#8.</param>
    public DevelopmentTimeStampAuthority(string certificatePem, string keyPem, TimeProvider time) =>
        (certificate, this.time) = (X509Certificate2.CreateFromPem(certificatePem, keyPem), time);

    public Task<byte[]> Answer(ReadOnlyMemory<byte> request, CancellationToken cancellation) => Task.FromResult(Answer(request, time.GetUtcNow()));

    /// <summary>The response to a request at a moment; one that cannot be read is rejected, as RFC 3161, 2.4.2 says.</summary>
    public byte[] Answer(ReadOnlyMemory<byte> request, DateTimeOffset at)
    {
        if (!Rfc3161TimestampRequest.TryDecode(request, out Rfc3161TimestampRequest? asked, out int read) || read != request.Length) return Response(Rejection, null);
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        var info = new Rfc3161TimestampTokenInfo(new Oid(Policy), asked.HashAlgorithmId, asked.GetMessageHash(), serial, at, nonce: asked.GetNonce());
        var cms = new SignedCms(new ContentInfo(new Oid(TokenInfoContent), info.Encode()));
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate)
        {
            DigestAlgorithm = new Oid("2.16.840.1.101.3.4.2.1"),
            IncludeOption = asked.RequestSignerCertificate ? X509IncludeOption.EndCertOnly : X509IncludeOption.None,
        };
        signer.SignedAttributes.Add(new AsnEncodedData(SigningCertificateV2, SigningCertificate()));
        cms.ComputeSignature(signer);
        return Response(Granted, cms.Encode());
    }

    /// <summary>Ties the token to the certificate and not only to its key (RFC 5816): SigningCertificateV2 with the default hash, SHA-256.</summary>
    private byte[] SigningCertificate()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
            writer.WriteOctetString(SHA256.HashData(certificate.RawDataMemory.Span));
        return writer.Encode();
    }

    private static byte[] Response(int status, byte[]? token)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteInteger(status);
                if (token is null) writer.WriteBitString([1 << (7 - BadRequestBit)], unusedBitCount: 7 - BadRequestBit);
            }
            if (token is not null) writer.WriteEncodedValue(token);
        }
        return writer.Encode();
    }

    public void Dispose() => certificate.Dispose();
}
