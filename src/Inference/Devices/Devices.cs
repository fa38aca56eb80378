using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>Finds out which devices to use.</summary>
public static class Devices
{
    /// <summary>
    /// Turns a setting into devices. <c>auto</c> or nothing: every NVIDIA GPU that this build can use, else the processor.
    /// Otherwise a list separated by commas, taken at its word and checked: <c>cuda:0,cuda:1</c>, <c>cpu</c>.
    /// </summary>
    /// <exception cref="FormatException">The setting names no device.</exception>
    /// <exception cref="DeviceUnavailableException">A device of the list is not there.</exception>
    public static IReadOnlyList<Device> Detect(string? configured)
    {
        if (string.IsNullOrWhiteSpace(configured) || configured.Trim().Equals("auto", StringComparison.OrdinalIgnoreCase))
        {
            var gpus = HasCudaProvider() ? Gpus() : [];
            return gpus.Count > 0 ? gpus : [Device.Cpu];
        }
        var devices = configured.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Device.Parse).Distinct().ToArray();
        if (devices.Length == 0)
            throw new FormatException($"'{configured}' names no device; write auto, cpu, or a list such as cuda:0,cuda:1.");
        foreach (var device in devices.Where(device => device.Kind == DeviceKind.Cuda))
        {
            if (!HasCudaProvider())
                throw new DeviceUnavailableException(device, InferenceSessions.NoCudaProvider);
            if (!Gpus().Contains(device))
                throw new DeviceUnavailableException(device, $"the driver shows {Gpus().Count} GPUs.");
        }
        return devices;
    }

    /// <summary>Why a GPU that is here is not used by <c>auto</c>; null where there is none, or it is used.</summary>
    public static string? WhatAutoPassesOver() =>
        HasCudaProvider() || Gpus() is not { Count: > 0 } gpus ? null : string.Create(CultureInfo.InvariantCulture, $"{gpus.Count} NVIDIA GPUs are here and not used: {InferenceSessions.NoCudaProvider}");

    internal static bool HasCudaProvider() => OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider");

    // The driver's device nodes: one look without loading CUDA, which would take 300 MB and a second in a process that may not need it.
    private static List<Device> Gpus() =>
        [.. Enumerable.Range(0, 64).Where(n => File.Exists(string.Create(CultureInfo.InvariantCulture, $"/dev/nvidia{n}"))).Select(n => new Device(DeviceKind.Cuda, n))];
}
