using System.Text;
using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>
/// What a job used, in the words of OpenAI's <c>usage</c>. An image token is one thousandth of a credit of the settled cost, rounded up, so a bill can
/// be checked from the answer alone. A text token is four bytes of UTF-8 of the prompt, rounded up: the gateway does not hold a model's tokenizer,
/// and text costs nothing. No pictures go in and no text comes out, so those two counts are zero.
/// </summary>
public readonly record struct OpenAiUsage(long TextTokens, long ImageTokens)
{
    private const long MicroPerImageToken = Credits.MicroPerCredit / 1000;
    private const int BytesPerTextToken = 4;

    public static OpenAiUsage Of(JobView job) => new(
        (Encoding.UTF8.GetByteCount(job.Prompt ?? "") + BytesPerTextToken - 1) / BytesPerTextToken,
        ((job.SettledMicro ?? job.ReservedMicro) + MicroPerImageToken - 1) / MicroPerImageToken);

    /// <summary>The part of picture <paramref name="image"/> (from 0) of <paramref name="images"/>. The parts differ by at most one and add up exactly.</summary>
    public OpenAiUsage Share(int image, int images) => new(Share(TextTokens, image, images), Share(ImageTokens, image, images));

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", TextTokens);
        json.WriteNumber("output_tokens", ImageTokens);
        json.WriteNumber("total_tokens", TextTokens + ImageTokens);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("text_tokens", TextTokens);
        json.WriteNumber("image_tokens", 0);
        json.WriteEndObject();
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("image_tokens", ImageTokens);
        json.WriteNumber("text_tokens", 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static long Share(long total, int image, int images) => (long)((Int128)total * (image + 1) / images - (Int128)total * image / images);
}
