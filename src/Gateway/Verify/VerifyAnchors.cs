using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Vitrine.Provenance;

namespace Vitrine.Gateway;

/// <summary>The roots that Verify trusts, from their files; read again when a file changes, since a first start makes them while the gateway already runs.</summary>
internal sealed class VerifyAnchors(IOptions<GatewayOptions> options)
{
    private readonly Lock gate = new();
    private TrustAnchors anchors = TrustAnchors.None;
    private (DateTime, DateTime) stamp;

    public TrustAnchors Current()
    {
        var (signers, times) = (options.Value.TrustAnchors, options.Value.TimeStampAnchors);
        lock (gate)
        {
            var found = (StampOf(signers), StampOf(times));
            if (found == stamp) return anchors;
            try
            {
                anchors = File.Exists(signers) ? TrustAnchors.FromPem(Pem(signers), File.Exists(times) ? Pem(times) : null) : TrustAnchors.None;
                stamp = found;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
            {
                // A file that is being written: what was trusted a moment ago is, until it is whole.
            }
            return anchors;
        }
    }

    private static string Pem(string path)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(path);
        return roots.ExportCertificatePems();
    }

    private static DateTime StampOf(string? path) => File.Exists(path) ? File.GetLastWriteTimeUtc(path) : default;
}
