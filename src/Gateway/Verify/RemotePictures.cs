using System.Net;
using System.Net.Sockets;

namespace Vitrine.Gateway;

/// <summary>
/// Fetches a picture from an address that a stranger named, without becoming the stranger's hand inside our network: only http and https on their own ports, only public addresses, and the
/// address that was looked at is the one that is connected to. Redirects are not followed.
/// </summary>
internal sealed class RemotePictures : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly ErrorAnswer NotAllowed = new(422, "url_not_allowed", "The address must be a public http or https address without a user or a port of its own.") { MayRetry = false };
    private static readonly ErrorAnswer NotFetched = new(422, "url_fetch_failed", "The address did not answer with a picture of at most 20 MiB within 10 seconds; redirects are not followed.");

    private readonly HttpMessageInvoker http;
    private readonly Func<Uri, bool> mayAsk;

    public RemotePictures() : this(IsOnItsOwnPort, PublicAddress.Is) { }

    /// <summary>With other rules than the real ones, for tests that have only this machine to fetch from.</summary>
    internal RemotePictures(Func<Uri, bool> mayAsk, Func<IPAddress, bool> mayReach)
    {
        this.mayAsk = mayAsk;
        http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, MaxResponseHeadersLength = 16,
            ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.Zero, ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, mayReach, cancellation),
        });
    }

    public async Task<(byte[]? Bytes, ErrorAnswer? Error)> Fetch(string address, CancellationToken cancellation)
    {
        // Other letters than ASCII make hosts that look like others; blanks and control characters make what two parsers read differently.
        if (!address.All(c => c is > ' ' and < (char)0x7F) || address.Contains('\\', StringComparison.Ordinal) || !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || !mayAsk(uri))
            return (null, NotAllowed);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.Accept.ParseAdd("image/png, image/jpeg, image/webp");
            using var response = await http.SendAsync(request, limit.Token);
            if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentLength > SubmittedPictures.MostBytes) return (null, NotFetched);
            await using var body = await response.Content.ReadAsStreamAsync(limit.Token);
            return await Bounded.Read(body, SubmittedPictures.MostBytes, limit.Token) is { Length: > 0 } bytes ? (bytes, null) : (null, NotFetched);
        }
        catch (Exception e) when (Cause<AddressNotAllowedException>(e))
        {
            return (null, NotAllowed);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException || e is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return (null, NotFetched);
        }
    }

    public void Dispose() => http.Dispose();

    // Looked up once, judged, and connected to as judged: a name that answers differently a moment later changes nothing.
    private static async ValueTask<Stream> Connect(DnsEndPoint to, Func<IPAddress, bool> mayReach, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(to.Host, out var written) ? [written] : await Dns.GetHostAddressesAsync(to.Host, cancellation);
        // One private address among them is one too many.
        if (addresses.Length == 0 || !addresses.All(mayReach)) throw new AddressNotAllowedException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, to.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsOnItsOwnPort(Uri uri) => uri.IsDefaultPort;

    private static bool Cause<T>(Exception e) where T : Exception
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
            if (inner is T) return true;
        return false;
    }

    private sealed class AddressNotAllowedException() : IOException("The name leads to an address that is not public.");
}
