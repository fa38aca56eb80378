using System.Text.Json;

namespace Vitrine.Local;

/// <summary>
/// The ports of this platform by name, kept in a file. A silo that comes back on its old port replaces its own row in the
/// membership table and is up in about two seconds; on a new port it first waits for the dead one to be declared dead.
/// </summary>
internal sealed class RememberedPorts
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>How long a remembered port may stay busy with what the last run left behind before another one is taken.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string _file;
    private readonly Dictionary<string, int> _ports;

    private RememberedPorts(string file, Dictionary<string, int> ports) => (_file, _ports) = (file, ports);

    /// <summary>Reads the file; a missing or unreadable one is an empty memory, for ports are only worth remembering, not worth failing for.</summary>
    public static async Task<RememberedPorts> Open(string file, CancellationToken ct)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return new(file, await JsonSerializer.DeserializeAsync<Dictionary<string, int>>(stream, cancellationToken: ct) ?? []);
        }
        catch (Exception unreadable) when (unreadable is FileNotFoundException or JsonException)
        {
            return new(file, []);
        }
    }

    /// <summary>The port remembered under the name if it is free, else a new one, remembered from now on.</summary>
    public async Task<int> For(string name, CancellationToken ct)
    {
        if (_ports.TryGetValue(name, out var port) && port is > 0 and <= ushort.MaxValue && await BecomesFree(port, ct))
            return port;
        return await Remember(name, FreePort.Take(), ct);
    }

    /// <summary>Remembers a port that the user chose.</summary>
    public async Task<int> Remember(string name, int port, CancellationToken ct)
    {
        _ports[name] = port;
        await PrivateFile.Write(_file, JsonSerializer.Serialize(_ports, Indented) + "\n", ct);
        return port;
    }

    private static async Task<bool> BecomesFree(int port, CancellationToken ct)
    {
        var poll = TimeSpan.FromMilliseconds(100);
        for (var waited = TimeSpan.Zero; waited < Patience; waited += poll)
        {
            if (FreePort.IsFree(port))
                return true;
            await Task.Delay(poll, ct);
        }

        return false;
    }
}
