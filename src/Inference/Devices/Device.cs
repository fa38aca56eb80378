using System.Globalization;

namespace Vitrine.Inference;

/// <summary>A kind of device that can run a model.</summary>
public enum DeviceKind
{
    /// <summary>The processor, through ONNX Runtime's CPU provider.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU, through ONNX Runtime's CUDA provider (build with <c>-p:OnnxRuntime=Gpu</c>).</summary>
    Cuda,
}

/// <summary>One device of this machine. Written <c>cpu</c>, <c>cuda:0</c>, <c>cuda:1</c>.</summary>
public readonly record struct Device(DeviceKind Kind, int Ordinal)
{
    /// <summary>The processor.</summary>
    public static Device Cpu { get; } = new(DeviceKind.Cpu, 0);

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Device Parse(string text)
    {
        var parts = text.Trim().ToLowerInvariant().Split(':');
        return parts switch
        {
            ["cpu"] => Cpu,
            ["cuda"] => new Device(DeviceKind.Cuda, 0),
            ["cuda", var ordinal] when int.TryParse(ordinal, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n < 64 => new Device(DeviceKind.Cuda, n),
            _ => throw new FormatException($"'{text}' is no device; write cpu, cuda or cuda:N."),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Kind == DeviceKind.Cpu ? "cpu" : string.Create(CultureInfo.InvariantCulture, $"cuda:{Ordinal}");
}

/// <summary>A device was asked for that this machine or this build cannot offer.</summary>
public sealed class DeviceUnavailableException(Device device, string message, Exception? cause = null)
    : Exception($"Device {device}: {message}", cause)
{
    /// <summary>The device that was asked for.</summary>
    public Device Device { get; } = device;
}
