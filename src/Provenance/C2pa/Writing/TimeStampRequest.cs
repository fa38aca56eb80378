using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>Asks an authority for a token over some bytes and checks that the answer is one (RFC 3161, 2.4).</summary>
internal static class TimeStampRequest
{
    private const int NonceBytes = 16;

    /// <returns>The TimeStampToken, with the certificates of the authority in it, without the response around it.</returns>
    /// <exception cref="TimeStampUnavailableException">The authority did not answer, refused, or answered something else.</exception>
    public static async Task<byte[]> TokenFor(byte[] bytes, ITimeStampAuthority authority, CancellationToken cancellation)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        nonce[0] &= 0x7F;
        Rfc3161TimestampRequest request = Rfc3161TimestampRequest.CreateFromHash(
            SHA256.HashData(bytes), HashAlgorithmName.SHA256, requestedPolicyId: null, nonce, requestSignerCertificates: true);
        byte[] answer = await authority.Answer(request.Encode(), cancellation);
        try
        {
            // This checks status, imprint, nonce, signature and the certificate's usage; whether to trust the authority is the verifier's matter.
            return request.ProcessResponse(answer, out _).AsSignedCms().Encode();
        }
        catch (CryptographicException refused)
        {
            throw new TimeStampUnavailableException("The answer of the time stamp authority cannot be used: " + refused.Message, refused);
        }
    }
}
