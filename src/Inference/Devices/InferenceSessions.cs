using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>Opens ONNX graphs the way the engine does, so that a measurement of the bare runtime runs under the same options.</summary>
public static class InferenceSessions
{
    internal const string NoCudaProvider =
        "this build carries no CUDA provider for ONNX Runtime. Build with -p:OnnxRuntime=Gpu on a machine with CUDA and cuDNN, or use the device cpu.";

    internal const string NoTensorRtProvider =
        "TensorRT was asked for, and ONNX Runtime cannot start its provider: it needs a build with -p:OnnxRuntime=Gpu and the TensorRT libraries that this release asks for. Leave TensorRtCache empty to run on CUDA alone.";

    /// <summary>Session options for the device: all graph optimisations, sequential, the stated threads and no spinning unless asked.</summary>
    /// <exception cref="DeviceUnavailableException">CUDA or TensorRT was asked for and its native provider is missing or cannot start.</exception>
    public static SessionOptions Options(EngineOptions engine)
    {
        var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            InterOpNumThreads = 1,
            IntraOpNumThreads = engine.IntraOpThreads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, // Every error arrives as an exception too.
        };
        try
        {
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", engine.AllowSpinning ? "1" : "0");
            if (engine.Device.Kind == DeviceKind.Cuda)
            {
                // In the order of preference: what TensorRT does not take is for CUDA, and the rest for the processor.
                if (engine.TensorRtCache is { } cache)
                    AppendTensorRt(options, engine.Device, cache);
                AppendCuda(options, engine.Device);
            }
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    /// <summary>Opens a graph; blocks while ONNX Runtime optimises it (tens to hundreds of milliseconds).</summary>
    /// <exception cref="OnnxRuntimeException">The file is no graph that this runtime can run.</exception>
    /// <exception cref="DeviceUnavailableException">See <see cref="Options"/>.</exception>
    public static InferenceSession Open(string path, EngineOptions engine)
    {
        using var options = Options(engine);
        return new InferenceSession(path, options);
    }

    private static void AppendTensorRt(SessionOptions options, Device device, string cache)
    {
        try
        {
            Directory.CreateDirectory(cache);
            using var tensorRt = new OrtTensorRTProviderOptions();
            tensorRt.UpdateOptions(new Dictionary<string, string>
            {
                ["device_id"] = device.Ordinal.ToString(System.Globalization.CultureInfo.InvariantCulture),
                // Kept engines and timings make a later load short, and its kernels the same.
                ["trt_engine_cache_enable"] = "1",
                ["trt_engine_cache_path"] = cache,
                ["trt_timing_cache_enable"] = "1",
                ["trt_timing_cache_path"] = cache,
                ["trt_force_timing_cache"] = "1",
            });
            options.AppendExecutionProvider_Tensorrt(tensorRt);
        }
        catch (Exception missing) when (missing is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException or NotSupportedException)
        {
            throw new DeviceUnavailableException(device, NoTensorRtProvider, missing);
        }
    }

    private static void AppendCuda(SessionOptions options, Device device)
    {
        try
        {
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(new Dictionary<string, string>
            {
                ["device_id"] = device.Ordinal.ToString(System.Globalization.CultureInfo.InvariantCulture),
                // Both keep a result the same from run to run: TF32 rounds differently by kernel, and a timed search may pick another kernel each time.
                ["use_tf32"] = "0",
                ["cudnn_conv_algo_search"] = "DEFAULT",
            });
            options.AppendExecutionProvider_CUDA(cuda);
        }
        catch (Exception missing) when (missing is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException or NotSupportedException)
        {
            // With the provider in the build it is the driver, cuDNN, or the number of the device; the runtime says which.
            throw new DeviceUnavailableException(device, Devices.HasCudaProvider() ? $"this build has the CUDA provider, and it did not start: {missing.Message}" : NoCudaProvider, missing);
        }
    }
}
