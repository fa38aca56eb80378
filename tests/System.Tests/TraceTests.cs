using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Vitrine.Local;

namespace Vitrine.System.Tests;

/// <summary>One trace follows a request through gateway, grains, renderer and database, as a collector would see it.</summary>
public sealed class TraceTests : IAsyncLifetime, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vitrine-trace-").FullName;
    private readonly ConcurrentBag<(string Service, string Trace, string Name)> _spans = [];
    private readonly ConcurrentBag<byte[]> _received = [];
    private readonly HttpListener _collector = new();
    private LocalPlatform? _platform;

    public async Task InitializeAsync()
    {
        var endpoint = $"http://127.0.0.1:{FreePort.Take()}/";
        _collector.Prefixes.Add(endpoint);
        _collector.Start();
        _ = Task.Run(Collect);
        var environment = new Dictionary<string, string?> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_BSP_SCHEDULE_DELAY"] = "200" };
        _platform = await LocalPlatform.Start(
            new() { Repository = Repository.Find(AppContext.BaseDirectory), Folder = _folder, Durable = false, SiloEnvironment = environment, GatewayEnvironment = environment }, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        if (_platform is not null) await _platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => ((IDisposable)_collector).Dispose();

    [Fact]
    public async Task One_trace_runs_from_the_request_through_grains_and_renderer_to_the_database()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        using var client = new HttpClient { BaseAddress = new Uri(_platform!.Gateway) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", _platform.Access.ApiKey);
        client.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-00f067aa0ba902b7-01");

        var job = await client.PostJob(new { prompt = "a red apple in the quince orchard of samarkand" });
        using var auditor = new HttpClient { BaseAddress = client.BaseAddress };
        using var admin = new HttpClient { BaseAddress = client.BaseAddress };
        admin.DefaultRequestHeaders.Authorization = new("Bearer", _platform.Access.AdminKey);
        auditor.DefaultRequestHeaders.Authorization = new("Bearer", (await admin.Post($"/v1/admin/tenants/{_platform.Access.Tenant}/keys", new { scopes = new[] { "audit" } })).Body.GetProperty("key").GetString());
        auditor.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-00f067aa0ba902b7-01");
        Assert.Equal(HttpStatusCode.OK, (await auditor.Get("/v1/audit/events?text=quince%20orchard%20of%20samarkand")).Status);
        client.DefaultRequestHeaders.Remove("traceparent");
        await client.End(job.Body.GetProperty("id").GetString()!);

        bool Seen(string service, string name) => _spans.Any(span => span.Trace == Trace && span.Service == service && span.Name.Contains(name, StringComparison.Ordinal));
        await Wire.Eventually(
            () => Task.FromResult(Seen("vitrine-gateway", "POST /v1/jobs") && Seen("vitrine-silo", "Submit") && Seen("vitrine-silo", "render job") && Seen("vitrine-silo", "finish picture")
                && Seen("vitrine-silo", "journal commit") && _spans.Any(span => span.Trace == Trace && span.Name is "vitrine" or "postgresql" or "postgres" || span.Trace == Trace && span.Name.Contains("postgres", StringComparison.OrdinalIgnoreCase))),
            () => "the whole way was in one trace; seen: " + string.Join(", ", _spans.Where(span => span.Trace == Trace).Select(span => $"{span.Service}/{span.Name}").Distinct().Order()));
        await Wire.Eventually(() => Task.FromResult(Seen("vitrine-gateway", "GET /v1/audit/events")), () => "the search was traced");

        // A collector is elsewhere than the keys: nothing that a person said goes there.
        Assert.Empty(_received.SelectMany(body => Traces.Of("quince orchard of samarkand", body)).Distinct());
    }

    private async Task Collect()
    {
        while (_collector.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _collector.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            _received.Add(body.ToArray());
            if (context.Request.Url!.AbsolutePath.EndsWith("/v1/traces", StringComparison.Ordinal)) Read(body.ToArray());
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }

    // ExportTraceServiceRequest of the OpenTelemetry protocol: resource_spans 1 { resource 1 { attributes 1 }, scope_spans 2 { spans 2 { trace_id 1, name 5 } } }.
    private void Read(byte[] request)
    {
        foreach (var resourceSpans in Fields(request, 1))
        {
            var service = Fields(resourceSpans, 1).SelectMany(resource => Fields(resource, 1)).Where(attribute => Text(Fields(attribute, 1)) == "service.name")
                .Select(attribute => Text(Fields(Fields(attribute, 2).First(), 1))).FirstOrDefault("");
            foreach (var span in Fields(resourceSpans, 2).SelectMany(scope => Fields(scope, 2)))
                _spans.Add((service, Convert.ToHexStringLower(Fields(span, 1).First()), Text(Fields(span, 5))));
        }
    }

    private static string Text(IEnumerable<byte[]> field) => Encoding.UTF8.GetString(field.First());

    /// <summary>The length-delimited fields of one number in a protobuf message.</summary>
    private static List<byte[]> Fields(byte[] message, int number)
    {
        var found = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            switch (tag & 7)
            {
                case 0: Varint(message, ref at); break;
                case 1: at += 8; break;
                case 5: at += 4; break;
                default:
                    var length = (int)Varint(message, ref at);
                    if ((int)(tag >> 3) == number) found.Add(message[at..(at + length)]);
                    at += length;
                    break;
            }
        }
        return found;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }
}
