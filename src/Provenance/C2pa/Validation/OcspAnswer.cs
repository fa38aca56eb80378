using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Vitrine.Provenance.C2pa.Validation;

internal enum RevocationStatus { Good, Revoked, Unknown }

/// <summary>
/// One answer of RFC 6960, 4.2.1, about the first certificate of a chain, believed only when the issuer itself or somebody whom it named for this (4.2.2.2) signed it.
/// </summary>
internal sealed record OcspAnswer(RevocationStatus Status, DateTimeOffset? RevokedAt, Window Validity)
{
    private const string BasicResponse = "1.3.6.1.5.5.7.48.1.1";

    /// <summary>How old an answer may be that does not say when the next comes.</summary>
    private static readonly TimeSpan usualLife = TimeSpan.FromDays(7);

    public static OcspAnswer? TryRead(ReadOnlyMemory<byte> der, IReadOnlyList<ReadOnlyMemory<byte>> chain)
    {
        if (der.Length > ValidationLimits.OcspBytes || chain.Count < 2) return null;
        try
        {
            using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(chain[0].Span), issuer = X509CertificateLoader.LoadCertificate(chain[1].Span);
            return Read(der, leaf, issuer);
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static OcspAnswer? Read(ReadOnlyMemory<byte> der, X509Certificate2 leaf, X509Certificate2 issuer)
    {
        AsnReader response = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        if (response.ReadEnumeratedBytes().Span is not [0] || !response.HasData) return null;
        AsnReader bytes = response.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
        if (bytes.ReadObjectIdentifier() != BasicResponse) return null;
        AsnReader basic = new AsnReader(bytes.ReadOctetString(), AsnEncodingRules.DER).ReadSequence();
        ReadOnlyMemory<byte> data = basic.ReadEncodedValue();
        string algorithm = basic.ReadSequence().ReadObjectIdentifier();
        byte[] signature = basic.ReadBitString(out _);
        using X509Certificate2? delegated = basic.HasData ? X509CertificateLoader.LoadCertificate(
            basic.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence().ReadEncodedValue().Span) : null;
        X509Certificate2 signer = delegated is not null && IsNamedBy(issuer, delegated) ? delegated : issuer;
        return IsSignedBy(signer, data.Span, algorithm, signature) ? ReadData(data, leaf, issuer) : null;
    }

    private static OcspAnswer? ReadData(ReadOnlyMemory<byte> data, X509Certificate2 leaf, X509Certificate2 issuer)
    {
        AsnReader reader = new AsnReader(data, AsnEncodingRules.DER).ReadSequence();
        if (reader.PeekTag() == new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)) reader.ReadEncodedValue();
        reader.ReadEncodedValue();
        reader.ReadGeneralizedTime();
        AsnReader answers = reader.ReadSequence();
        // RFC 6960 names the issuer by a hash of the asker's choice.
        byte[] bySha1 = NameHash(issuer, SHA1.HashSizeInBytes), bySha256 = NameHash(issuer, SHA256.HashSizeInBytes);
        while (answers.HasData)
        {
            AsnReader answer = answers.ReadSequence();
            AsnReader id = answer.ReadSequence();
            id.ReadEncodedValue();
            byte[] nameHash = id.ReadOctetString();
            id.ReadOctetString();
            ReadOnlyMemory<byte> serial = id.ReadIntegerBytes();
            Asn1Tag status = answer.PeekTag();
            ReadOnlyMemory<byte> statusBytes = answer.ReadEncodedValue();
            DateTimeOffset from = answer.ReadGeneralizedTime();
            DateTimeOffset until = answer.HasData && answer.PeekTag() == new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)
                ? answer.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadGeneralizedTime() : from + usualLife;
            bool isOurs = serial.Span.SequenceEqual(leaf.SerialNumberBytes.Span) && (nameHash.AsSpan().SequenceEqual(bySha1) || nameHash.AsSpan().SequenceEqual(bySha256));
            if (isOurs) return new(StatusOf(status), status.TagValue == 1 ? RevokedAtOf(statusBytes) : null, new(from, until));
        }
        return null;
    }

    private static RevocationStatus StatusOf(Asn1Tag tag) => tag.TagValue switch { 0 => RevocationStatus.Good, 1 => RevocationStatus.Revoked, _ => RevocationStatus.Unknown };

    private static DateTimeOffset RevokedAtOf(ReadOnlyMemory<byte> status) =>
        new AsnReader(status, AsnEncodingRules.DER).ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 1)).ReadGeneralizedTime();

    /// <summary>SHA-1 here is an index, not a protection.</summary>
#pragma warning disable CA5350
    private static byte[] NameHash(X509Certificate2 issuer, int length) =>
        length == SHA256.HashSizeInBytes ? SHA256.HashData(issuer.SubjectName.RawData) : SHA1.HashData(issuer.SubjectName.RawData);
#pragma warning restore CA5350

    private static bool IsNamedBy(X509Certificate2 issuer, X509Certificate2 delegated)
    {
        bool isForThis = delegated.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(e => e.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value == C2paOids.OcspSigning));
        AsnReader certificate = new AsnReader(delegated.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
        ReadOnlyMemory<byte> signed = certificate.ReadEncodedValue();
        string algorithm = certificate.ReadSequence().ReadObjectIdentifier();
        return isForThis && IsSignedBy(issuer, signed.Span, algorithm, certificate.ReadBitString(out _));
    }

    private static bool IsSignedBy(X509Certificate2 signer, ReadOnlySpan<byte> data, string algorithm, byte[] signature)
    {
        HashAlgorithmName? hash = algorithm switch
        {
            "1.2.840.10045.4.3.2" or "1.2.840.113549.1.1.11" => HashAlgorithmName.SHA256,
            "1.2.840.10045.4.3.3" or "1.2.840.113549.1.1.12" => HashAlgorithmName.SHA384,
            "1.2.840.10045.4.3.4" or "1.2.840.113549.1.1.13" => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (hash is null) return false;
        using ECDsa? ecdsa = signer.GetECDsaPublicKey();
        if (ecdsa is not null) return ecdsa.VerifyData(data, signature, hash.Value, DSASignatureFormat.Rfc3279DerSequence);
        using RSA? rsa = signer.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(data, signature, hash.Value, RSASignaturePadding.Pkcs1);
    }
}
