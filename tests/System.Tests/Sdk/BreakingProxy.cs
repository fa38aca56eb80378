using System.Net;
using System.Net.Sockets;

namespace Vitrine.System.Tests.Sdk;

/// <summary>When the first connection breaks.</summary>
public enum BreakAt
{
    /// <summary>As soon as the request has gone through: its caller is gone before the job is done.</summary>
    Request = 0,

    /// <summary>When the answer begins to come: the job is done, but the answer is lost.</summary>
    Answer = 1,
}

/// <summary>Stands between a client and the gateway and breaks the first connection; later ones pass untouched.</summary>
internal sealed class BreakingProxy : IAsyncDisposable
{
    private readonly Uri gateway;
    private readonly BreakAt breakAt;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<Task> relays = [];
    private readonly CancellationTokenSource closed = new(); // Clients keep idle connections open for a minute; nobody waits for that.
    private readonly Task accepting;

    public BreakingProxy(Uri gateway, BreakAt breakAt)
    {
        (this.gateway, this.breakAt) = (gateway, breakAt);
        listener.Start();
        accepting = Accept();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    public int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting;
        await closed.CancelAsync();
        await Task.WhenAll(relays);
        closed.Dispose();
    }

    private async Task Accept()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync();
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                return;
            }

            relays.Add(Relay(client, isFirst: Connections++ == 0));
        }
    }

    private async Task Relay(TcpClient client, bool isFirst)
    {
        using (client)
        {
            using var upstream = new TcpClient();
            await upstream.ConnectAsync(gateway.Host, gateway.Port);
            if (isFirst) client.LingerState = new(enable: true, seconds: 0); // Closing resets, as a lost network would.
            // Whichever side ends first ends both.
            await Task.WhenAny(
                Pump(client.GetStream(), upstream.GetStream(), breaksAt: isFirst && breakAt == BreakAt.Request ? "}"u8.ToArray() : null),
                Pump(upstream.GetStream(), client.GetStream(), breaksAt: isFirst && breakAt == BreakAt.Answer ? [] : null));
        }
    }

    /// <param name="breaksAt">Ends after passing a piece that ends so; with nothing, before passing the first piece; null never.</param>
    private async Task Pump(NetworkStream from, NetworkStream to, byte[]? breaksAt)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, closed.Token) is var length and > 0)
            {
                if (breaksAt is []) return;
                await to.WriteAsync(buffer.AsMemory(0, length), closed.Token);
                if (breaksAt is not null && buffer.AsSpan(0, length).EndsWith(breaksAt)) return;
            }
        }
        catch (Exception over) when (over is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }
}
