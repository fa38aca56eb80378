namespace Vitrine.Gateway;

/// <summary>Names everything that is wrong with the configuration at once.</summary>
internal static class GatewayOptionsValidator
{
    public static IReadOnlyList<string> FaultsOf(GatewayOptions options)
    {
        var faults = new List<string>();
        if (options.Silos is null == options.Membership is null) faults.Add("Exactly one of Vitrine:Silos ('host:port,host:port') and Vitrine:Membership (a connection string) is needed.");
        if (!options.PublicUrl.IsAbsoluteUri || options.PublicUrl.Scheme is not ("http" or "https") || options.PublicUrl.AbsolutePath != "/") faults.Add("Vitrine:PublicUrl is an http or https address without a path.");
        if (options.Blobs.Length == 0) faults.Add("Vitrine:Blobs is the folder of the blob store.");
        if (options.UrlSigningKeys.Any(key => key.Length < 32)) faults.Add("Each of Vitrine:UrlSigningKey has at least 32 bytes, as base64.");
        if (options.MetricsPort is < 0 or > 65535) faults.Add("Vitrine:MetricsPort is 0 to 65535.");
        if (options.MaxConnections < 1) faults.Add("Vitrine:MaxConnections is at least 1.");
        if (options.MaxWaitingJobs < 1) faults.Add("Vitrine:MaxWaitingJobs is at least 1.");
        if (options.MaxSubmissions < 1) faults.Add("Vitrine:MaxSubmissions is at least 1.");
        if (WatermarkKeySetting.IsFaulty(options.WatermarkKey)) faults.Add("Vitrine:WatermarkKey is 32 bytes as base64.");
        if (options.VerificationsPerMinute < 1) faults.Add("Vitrine:VerificationsPerMinute is at least 1.");
        if (options.ProxyNetworks() is null) faults.Add("Each of Vitrine:TrustedProxies is a network such as 10.0.0.0/8, or an address.");
        return faults;
    }
}
