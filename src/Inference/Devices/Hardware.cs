using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>What a device is called and what runs on it: noted with every picture, since the last bits of a number may depend on it.</summary>
public static class Hardware
{
    private const int LongestName = 120;
    private const string Processors = "/proc/cpuinfo", Accelerators = "/proc/driver/nvidia/gpus";

    /// <summary>The inference runtime and its version.</summary>
    public static string Runtime { get; } = "ONNX Runtime " + OrtEnv.Instance().GetVersionString();

    /// <summary>The name of a device: <c>Intel(R) Xeon(R) Platinum 8480+, AVX-512</c>; a general word where the system tells none.</summary>
    public static string NameOf(Device device) => Short(device.Kind == DeviceKind.Cpu
        ? $"{Line(Processors, "model name") ?? "processor"}, {Vectors}"
        : Accelerator(device.Ordinal) ?? "NVIDIA GPU");

    // Kernels are chosen by the widest vectors, and sums of other widths round otherwise.
    private static string Vectors => Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : Sse2.IsSupported ? "SSE2" : AdvSimd.IsSupported ? "NEON" : "scalar";

    private static string? Accelerator(int ordinal)
    {
        if (!Directory.Exists(Accelerators)) return null;
        var folders = Directory.GetDirectories(Accelerators).Order(StringComparer.Ordinal).ToList();
        return ordinal < folders.Count ? Line(Path.Combine(folders[ordinal], "information"), "Model") : null;
    }

    private static string? Line(string file, string name) => !File.Exists(file) ? null
        : File.ReadLines(file).Select(line => line.Split(':', 2)).FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == name)?[1].Trim();

    private static string Short(string name) => name.Length <= LongestName ? name : name[..LongestName];
}
