using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference.Tests;

public sealed class DeviceTests
{
    private static bool HasCuda => OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider");

    [Theory]
    [InlineData("cpu", DeviceKind.Cpu, 0)]
    [InlineData("CUDA", DeviceKind.Cuda, 0)]
    [InlineData("cuda:3", DeviceKind.Cuda, 3)]
    public void A_device_is_read_and_written(string text, DeviceKind kind, int ordinal)
    {
        Assert.Equal(new Device(kind, ordinal), Device.Parse(text));
        Assert.Equal(Device.Parse(text), Device.Parse(Device.Parse(text).ToString()));
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:64")]
    [InlineData("cpu:0")]
    [InlineData(",")]
    public void Another_word_is_no_device(string text) => Assert.Throws<FormatException>(() => Devices.Detect(text));

    [Fact]
    public void Detection_finds_a_device_and_obeys()
    {
        Assert.NotEmpty(Devices.Detect("auto"));
        Assert.Equal(Devices.Detect(null), Devices.Detect(" AUTO "));
        Assert.Equal([Device.Cpu], Devices.Detect("cpu,cpu"));
    }

    [Fact]
    public async Task A_GPU_that_is_not_there_is_said_to_be_missing()
    {
        Assert.Throws<DeviceUnavailableException>(() => Devices.Detect("cuda:63"));
        var options = new EngineOptions { Device = new Device(DeviceKind.Cuda, 63) };
        if (HasCuda)
            return; // With the CUDA build the session itself, not the provider, refuses ordinal 63.
        Assert.Contains("OnnxRuntime=Gpu", Assert.Throws<DeviceUnavailableException>(() => InferenceSessions.Options(options)).Message, StringComparison.Ordinal);
        await using var engine = Engines.AnEngine(options);
        await Assert.ThrowsAsync<DeviceUnavailableException>(() => engine.Render(Engines.Apple));
    }

    [Fact]
    public void TensorRT_is_asked_for_by_its_folder_on_a_GPU_only_and_said_to_be_missing()
    {
        using var folder = new TemporaryFolder();
        var options = new EngineOptions { TensorRtCache = folder.Path };
        InferenceSessions.Options(options).Dispose();
        if (!OrtEnv.Instance().GetAvailableProviders().Contains("TensorrtExecutionProvider"))
            Assert.Contains("TensorRtCache", Assert.Throws<DeviceUnavailableException>(() => InferenceSessions.Options(options with { Device = new Device(DeviceKind.Cuda, 0) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_outside_their_range_stop_the_engine_before_it_starts() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Engines.AnEngine(new EngineOptions { MaxBatch = 1 }));
}
