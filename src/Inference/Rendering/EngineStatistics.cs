namespace Vitrine.Inference;

/// <summary>What an engine has done since it started and what it is doing now. A snapshot.</summary>
public sealed record EngineStatistics
{
    /// <summary>Pictures on the device: being denoised or enlarged.</summary>
    public int InFlight { get; init; }

    /// <summary>Pictures accepted and not yet on the device.</summary>
    public int Waiting { get; init; }

    /// <summary>Runs of a transformer, one a step and batch.</summary>
    public long StepsRun { get; init; }

    /// <summary>Steps of pictures: a run with three pictures counts three.</summary>
    public long PictureSteps { get; init; }

    /// <summary>How often a transformer ran with i pictures, at index i.</summary>
    public IReadOnlyList<long> RunsByBatch { get; init; } = [];

    /// <summary>Time in transformers.</summary>
    public TimeSpan StepTime { get; init; }

    /// <summary>Tiles run by upscalers.</summary>
    public long Tiles { get; init; }

    /// <summary>Pictures finished.</summary>
    public long Completed { get; init; }

    /// <summary>Pictures cancelled by their caller, waiting or in flight.</summary>
    public long Cancelled { get; init; }

    /// <summary>Pictures that failed.</summary>
    public long Failed { get; init; }

    /// <summary>How often a picture was set aside for an express one.</summary>
    public long SetAside { get; init; }

    /// <summary>Threads of the device that ended by an error of their own and were replaced.</summary>
    public long LanesReopened { get; init; }

    /// <summary>Processes of the engine that ended before they were told to; 0 for an engine in this process.</summary>
    public long Crashes { get; init; }

    /// <summary>Models that were loaded.</summary>
    public long Loads { get; init; }

    /// <summary>Time spent on loading models, checking and calibrating included.</summary>
    public TimeSpan LoadTime { get; init; }

    /// <summary>Pictures a run, on average; 0 before the first run.</summary>
    public double MeanBatch => StepsRun == 0 ? 0 : (double)PictureSteps / StepsRun;
}
