namespace Vitrine.Inference;

/// <summary>A request cannot be fulfilled as it stands. The message tells the caller what would work.</summary>
public sealed class ImageRequestRefusedException(string refusal) : Exception(refusal);

/// <summary>Why a picture could not be finished.</summary>
public enum RenderFailure
{
    /// <summary>The model gave numbers that are not finite. Other pictures of the same batch are not affected.</summary>
    NotFinite,

    /// <summary>ONNX Runtime or the device refused to run the batch.</summary>
    Device,

    /// <summary>One call of the runtime went on for longer than <see cref="EngineOptions.CallLimit"/> and was ended, with every picture of its batch.</summary>
    TooSlow,

    /// <summary>The engine's process ended while it made this picture, and no other.</summary>
    Crashed,

    /// <summary>The picture was in a thread of the device whose call did not end although it was told to, and which was given up.</summary>
    Abandoned,
}

/// <summary>A picture was begun and could not be finished.</summary>
public sealed class RenderFailedException(RenderFailure reason, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What went wrong.</summary>
    public RenderFailure Reason { get; } = reason;
}
