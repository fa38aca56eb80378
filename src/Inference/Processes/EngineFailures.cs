namespace Vitrine.Inference;

/// <summary>The exceptions of an engine, carried from one process to another: the same type with the same message, so that callers need not know where it runs.</summary>
internal static class EngineFailures
{
    private enum Kind : byte { Other, Refused, Load, DigestMismatch, DoesNotFit, Device, Render, Paused, Cancelled, Stopped }

    public static void WriteFailure(this BinaryWriter to, Exception failure)
    {
        var (kind, detail, more) = failure switch
        {
            ImageRequestRefusedException => (Kind.Refused, "", ""),
            ModelDigestMismatchException mismatch => (Kind.DigestMismatch, mismatch.Expected, mismatch.Found),
            ModelDoesNotFitException => (Kind.DoesNotFit, "", ""),
            ModelLoadException => (Kind.Load, "", ""),
            DeviceUnavailableException => (Kind.Device, "", ""),
            RenderFailedException render => (Kind.Render, render.Reason.ToString(), ""),
            RenderPausedException => (Kind.Paused, "", ""),
            OperationCanceledException => (Kind.Cancelled, "", ""),
            ObjectDisposedException => (Kind.Stopped, "", ""),
            _ => (Kind.Other, "", ""),
        };
        var model = (failure as ModelLoadException)?.Model ?? "";
        to.Write((byte)kind);
        to.Write(Sentence(failure.Message, kind switch { Kind.Load or Kind.DoesNotFit => $"Model '{model}': ", Kind.Device => $"Device {((DeviceUnavailableException)failure).Device}: ", _ => "" }));
        to.Write(model);
        to.Write(detail);
        to.Write(more);
        to.WriteBytes((failure as RenderPausedException)?.Checkpoint?.ToBytes());
    }

    // These types put a name before the sentence that they are given; it must not stand there twice.
    private static string Sentence(string message, string name) => message.StartsWith(name, StringComparison.Ordinal) ? message[name.Length..] : message;

    public static Exception ReadFailure(this BinaryReader from, Device device)
    {
        var kind = (Kind)from.ReadByte();
        var (message, model, detail, more, checkpoint) = (from.ReadString(), from.ReadString(), from.ReadString(), from.ReadString(), from.ReadBytes());
        return kind switch
        {
            Kind.Refused => new ImageRequestRefusedException(message),
            Kind.DigestMismatch => new ModelDigestMismatchException(model, detail, more),
            Kind.Load => new ModelLoadException(model, message),
            Kind.DoesNotFit => new ModelDoesNotFitException(model, message),
            Kind.Device => new DeviceUnavailableException(device, message),
            Kind.Render => new RenderFailedException(Enum.Parse<RenderFailure>(detail), message),
            Kind.Paused => new RenderPausedException(checkpoint is null ? null : StepCheckpoint.Read(checkpoint)),
            Kind.Cancelled => new OperationCanceledException(message),
            Kind.Stopped => new ObjectDisposedException(nameof(RenderingEngine), message),
            _ => new InvalidOperationException(message),
        };
    }
}
