using System.IO.Pipelines;
using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>
/// Writes pictures into the two forms that OpenAI's clients read: one <c>ImagesResponse</c>, or events of a stream. Everything written comes from the
/// record of the job and its bytes, so a replay of a job is the same to the byte.
/// </summary>
public static class OpenAiPictures
{
    /// <summary>Bytes of a picture that are encoded between two looks at the client: a multiple of 3, so no segment leaves a rest, and small beside any picture worth sending.</summary>
    private const int SegmentBytes = 48 * 1024;

    /// <summary>The whole body of a job that succeeded. Holds two pictures at most.</summary>
    /// <param name="pictures">The stored bytes of a picture; asked in order, once each. Not asked when the caller wants links.</param>
    /// <param name="links">A link to a picture; asked only when the caller wants links.</param>
    public static async Task WriteResponse(
        PipeWriter output, OpenAiImageRequest request, JobView job, Func<AssetView, Task<byte[]>> pictures, Func<AssetView, Uri> links, CancellationToken cancellation)
    {
        var inBase64 = request.Delivery == PictureDelivery.Base64;
        // Read before anything is written, so that a store that cannot be read is still a clean error.
        var picture = inBase64 ? await pictures(job.Assets[0]) : [];

        await using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("created", job.SubmittedAt.ToUnixTimeSeconds());
        json.WriteStartArray("data");
        for (var i = 0; i < job.Assets.Count; i++)
        {
            json.WriteStartObject();
            if (inBase64) await WriteBase64(output, json, i == 0 ? picture : await pictures(job.Assets[i]), cancellation);
            else json.WriteString("url", links(job.Assets[i]).AbsoluteUri);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteLooks(json, request, job);
        OpenAiUsage.Of(job).Write(json);
        json.WriteEndObject();
    }

    /// <summary>The JSON of <c>image_generation.partial_image</c>.</summary>
    /// <param name="index">Which partial picture it is, from 0.</param>
    public static async Task WritePartial(PipeWriter output, OpenAiImageRequest request, JobView job, byte[] picture, int index, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("type", OpenAiEvents.PartialImage);
        await WriteBase64(output, json, picture, cancellation);
        json.WriteNumber("created_at", job.SubmittedAt.ToUnixTimeSeconds());
        WriteLooks(json, request, job);
        json.WriteNumber("partial_image_index", index);
        json.WriteEndObject();
    }

    /// <summary>The JSON of <c>image_generation.completed</c>, with this picture's part of the usage.</summary>
    public static async Task WriteCompleted(PipeWriter output, OpenAiImageRequest request, JobView job, AssetView asset, byte[] picture, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("type", OpenAiEvents.Completed);
        await WriteBase64(output, json, picture, cancellation);
        json.WriteNumber("created_at", job.SubmittedAt.ToUnixTimeSeconds());
        WriteLooks(json, request, job);
        OpenAiUsage.Of(job).Share(asset.Image, job.Images).Write(json);
        json.WriteEndObject();
    }

    private static void WriteLooks(Utf8JsonWriter json, OpenAiImageRequest request, JobView job)
    {
        json.WriteString("background", "opaque");
        json.WriteString("output_format", job.Format switch { PictureFormat.Jpeg => "jpeg", PictureFormat.Webp => "webp", _ => "png" });
        json.WriteString("size", new PictureSize(job.Width, job.Height).ToString());
        json.WriteString("quality", (request.Quality ?? QualityOf(job)) switch { QualityWord.Low => "low", QualityWord.Medium => "medium", _ => "high" });
    }

    /// <summary>The word that would have given this size, as clients know only these three.</summary>
    private static QualityWord QualityOf(JobView job) =>
        Math.Max(job.Width, job.Height) switch { <= 256 => QualityWord.Low, <= 512 => QualityWord.Medium, _ => QualityWord.High };

    private static async Task WriteBase64(PipeWriter output, Utf8JsonWriter json, byte[] picture, CancellationToken cancellation)
    {
        json.WritePropertyName("b64_json");
        for (var start = 0; ;)
        {
            var end = Math.Min(picture.Length, start + SegmentBytes);
            json.WriteBase64StringSegment(picture.AsSpan(start..end), isFinalSegment: end == picture.Length);
            await json.FlushAsync(cancellation);
            await output.FlushAsync(cancellation);
            if (end == picture.Length) return;
            start = end;
        }
    }
}
