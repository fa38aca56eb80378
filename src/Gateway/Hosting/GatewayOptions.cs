using System.Net;

namespace Vitrine.Gateway;

/// <summary>Section <c>Vitrine</c> of the configuration (environment: <c>Vitrine__Silos</c> and so on).</summary>
public sealed class GatewayOptions
{
    public const string Section = "Vitrine";
    private string? urlSigningKey;

    /// <summary><c>host:port</c> of silo gateways, separated by commas. Exactly one of this and <see cref="Membership"/> is set.</summary>
    public string? Silos { get; set; }

    /// <summary>Connection string of a role that may only read the cluster membership.</summary>
    public string? Membership { get; set; }

    /// <summary>Where callers reach this gateway; links to pictures begin with it. Default <c>http://localhost:8080</c>.</summary>
    public Uri PublicUrl { get; set; } = new("http://localhost:8080");

    /// <summary>The folder of the blob store that the silos share; the gateway reads pictures from it and stores those that callers bring.</summary>
    public string Blobs { get; set; } = "";

    /// <summary>
    /// Keys of at least 32 bytes, base64, separated by commas: the first signs links to pictures, the others still open older ones. Equal on all
    /// gateways. Without it each gateway makes its own at start and its links end with it.
    /// </summary>
    public string? UrlSigningKey
    {
        get => urlSigningKey;
        set
        {
            urlSigningKey = value;
            UrlSigningKeys = [.. (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(KeyOf)];
        }
    }

    /// <summary>A text that is no base64 stands here as an empty key, which the validator names.</summary>
    internal IReadOnlyList<byte[]> UrlSigningKeys { get; private set; } = [];

    /// <summary>The port of the Prometheus endpoint <c>/metrics</c>, which answers nothing else; 0 for none. Default 0.</summary>
    public int MetricsPort { get; set; }

    /// <summary>The address that <see cref="MetricsPort"/> binds. Default <c>127.0.0.1</c>, since metrics are for operators only.</summary>
    public string MetricsHost { get; set; } = "127.0.0.1";

    /// <summary>TCP connections served at once; further ones are closed. Default 10000: about 100 MB of buffers.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Jobs that may wait for a device in the whole platform before new ones are refused with 503. Default 10000.</summary>
    public int MaxWaitingJobs { get; set; } = 10_000;

    /// <summary>Submissions that this gateway has on their way to being accepted at once; further ones are refused with 503. Default 256: more would only wait for each other.</summary>
    public int MaxSubmissions { get; set; } = 256;

    /// <summary>The platform's watermark key, 32 bytes as base64: the content of the silos' watermark.key. Without it Verify does not look for watermarks.</summary>
    public string? WatermarkKey { get; set; }

    /// <summary>File of the roots (PEM) of the signers that Verify trusts. Without it no signer is trusted, and credentials are at best valid.</summary>
    public string? TrustAnchors { get; set; }

    /// <summary>File of the roots (PEM) of the time stamp authorities that Verify trusts.</summary>
    public string? TimeStampAnchors { get; set; }

    /// <summary>Pictures that one client address may have verified in a minute. Default 30.</summary>
    public int VerificationsPerMinute { get; set; } = 30;

    /// <summary>
    /// Networks of proxies in CIDR notation (<c>10.0.0.0/8</c>; a single address counts as itself), separated by commas. Of a connection from one of them the last address in
    /// <c>X-Forwarded-For</c> that is not itself such a proxy counts as the caller's. Default none: then what the header claims is anybody's word, and the address is that of the connection.
    /// </summary>
    public string? TrustedProxies { get; set; }

    /// <summary>Null where one of them is no network.</summary>
    internal IReadOnlyList<IPNetwork>? ProxyNetworks()
    {
        var networks = new List<IPNetwork>();
        foreach (var text in (TrustedProxies ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPAddress.TryParse(text, out var single)) networks.Add(new IPNetwork(single, single.GetAddressBytes().Length * 8));
            else if (IPNetwork.TryParse(text, out var network)) networks.Add(network);
            else return null;
        }
        return networks;
    }

    private static byte[] KeyOf(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : [];
    }
}
