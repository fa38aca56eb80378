using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Vitrine.Local;

/// <summary>
/// Ports for our servers: 20000 to 29999, below the range from which Linux and macOS take the local end of outgoing connections.
/// A port from that range could be taken by any client while a server restarts, even by a client that is trying to reach the server.
/// </summary>
public static class FreePort
{
    private const int First = 20_000;
    private const int Count = 10_000;
    private static readonly HashSet<int> Taken = [];
    private static readonly Lock Gate = new();

    /// <summary>A port of 127.0.0.1 that is free now and was not given out before by this process.</summary>
    /// <exception cref="InvalidOperationException">Every port of the range is busy.</exception>
    public static int Take()
    {
        // A random beginning keeps processes that start at the same time apart.
        var beginning = RandomNumberGenerator.GetInt32(Count);
        for (var step = 0; step < Count; step++)
        {
            var port = First + ((beginning + step) % Count);
            lock (Gate)
            {
                if (!Taken.Contains(port) && IsFree(port))
                {
                    Taken.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No port between {First} and {First + Count - 1} is free.");
    }

    /// <summary>Whether a server could listen on the port now.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
