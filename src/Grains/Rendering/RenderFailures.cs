using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Media;

namespace Vitrine.Grains.Rendering;

/// <summary>What a renderer's exceptions mean for whoever asked.</summary>
internal static class RenderFailures
{
    /// <summary>Whether an exception is no failure of rendering: it was called off, it is to go on elsewhere, or the cluster or the store is away.</summary>
    public static bool IsNone(Exception e) => e is OperationCanceledException or RenderPausedException or LedgerUnavailableException or OrleansException or TimeoutException;

    public static (Failure Failure, bool MayRetry) Of(Exception e) => e switch
    {
        StartGoneException => (new Failure("input_gone", "The picture that it begins at was deleted."), false),
        VideoEncoderMissingException => (new Failure("encoder_missing", "The program that encodes clips is not installed on the silo that was to make this one."), true),
        VideoEncodingException => (new Failure("render_failed", "The clip could not be encoded."), true),
        RenderFailedException => (new Failure("render_failed", "The model could not make this picture."), true),
        ImageRequestRefusedException => (new Failure("render_failed", e.Message), false),
        ModelLoadException or ModelDigestMismatchException or DeviceUnavailableException => (new Failure("model_unavailable", "The model could not be made ready on this device."), true),
        StorageFullException => (new Failure("storage_full", "There is no room left to store pictures."), false),
        CredentialInvalidException => (new Failure("credential_invalid", "The picture's Content Credentials did not verify, so it was not released."), true),
        IOException => (new Failure("storage_failed", "The picture could not be stored."), true),
        _ => (new Failure("render_failed", "The picture could not be made."), true),
    };
}
