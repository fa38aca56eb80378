using System.Net;
using System.Net.Sockets;

namespace Vitrine.Local.Tests;

public sealed class PortTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_port_is_remembered_across_starts()
    {
        var first = await (await Open()).For("silo", default);

        Assert.Equal(first, await (await Open()).For("silo", default));
        Assert.NotEqual(first, await (await Open()).For("gateway", default));
    }

    [Fact]
    public async Task A_port_that_another_program_took_is_replaced_and_the_new_one_remembered()
    {
        var first = await (await Open()).For("silo", default);
        using var other = new TcpListener(IPAddress.Loopback, first);
        other.Start();

        var second = await (await Open()).For("silo", default);

        Assert.NotEqual(first, second);
        other.Stop();
        Assert.Equal(second, await (await Open()).For("silo", default));
    }

    [Fact]
    public async Task A_chosen_port_is_remembered()
    {
        var chosen = FreePort.Take();
        await (await Open()).Remember("gateway", chosen, default);

        Assert.Equal(chosen, await (await Open()).For("gateway", default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"silo\":")]
    [InlineData("{\"silo\": 99999999}")]
    [InlineData("null")]
    public async Task A_spoiled_memory_is_no_obstacle(string content)
    {
        await File.WriteAllTextAsync(_folder.At("ports.json"), content);

        Assert.InRange(await (await Open()).For("silo", default), 20_000, 29_999);
    }

    [Fact]
    public void Ports_are_given_out_once()
    {
        var ports = Enumerable.Range(0, 50).Select(_ => FreePort.Take()).ToList();

        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 20_000, 29_999));
    }

    private Task<RememberedPorts> Open() => RememberedPorts.Open(_folder.At("ports.json"), default);
}
