using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Media;

namespace Vitrine.Grains.Rendering;

/// <summary>What a renderer's exceptions mean for whoever asked.</summary>
internal static class RenderFailures
{
    /// <summary>Null for an exception that is no failure of rendering.</summary>
    public static (Failure Failure, bool MayRetry)? Of(Exception e) => e switch
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
        _ => null,
    };
}
