using System.Net;

namespace Vitrine.Gateway;

/// <summary>Which addresses belong to the public internet; all that is set aside for something else does not (IANA special-purpose registries, RFC 6890).</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] SetAside =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Of the IPv6 addresses that are given out: protocols and tunnels, which may lead to any IPv4 address, and documentation.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    /// <summary>The only IPv6 addresses that are given out to the public. Loopback, local, mapped and translated ones (::1, fc00::/7, fe80::/10, ::ffff:0:0/96, 64:ff9b::/96) lie outside.</summary>
    private static readonly IPNetwork GivenOut = IPNetwork.Parse("2000::/3");

    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return (address.GetAddressBytes().Length == 4 || GivenOut.Contains(address)) && !SetAside.Any(network => network.Contains(address));
    }
}
