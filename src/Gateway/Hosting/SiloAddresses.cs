using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Vitrine.Gateway;

/// <summary>The text <c>host:port,host:port</c> of <see cref="GatewayOptions.Silos"/>.</summary>
public static class SiloAddresses
{
    /// <summary>Resolves names to their first IPv4 address, since a silo knows itself by one address only.</summary>
    /// <exception cref="FormatException">An entry has no port.</exception>
    /// <exception cref="SocketException">A name does not resolve.</exception>
    public static IEnumerable<IPEndPoint> Parse(string text)
    {
        foreach (var entry in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPEndPoint.TryParse(entry, out var endpoint) && endpoint.Port > 0)
            {
                yield return endpoint;
                continue;
            }
            var colon = entry.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
                throw new FormatException($"'{entry}' is no silo address; 'host:30000' would be.");
            var addresses = Dns.GetHostAddresses(entry[..colon]);
            yield return new(Array.Find(addresses, address => address.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0], port);
        }
    }
}
