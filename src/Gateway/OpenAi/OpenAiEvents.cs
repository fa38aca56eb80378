using System.IO.Pipelines;

namespace Vitrine.Gateway.OpenAi;

/// <summary>The events of a streamed generation and their framing (WHATWG HTML, server-sent events): the name in <c>event</c> and again as <c>type</c> in one line of data.</summary>
public static class OpenAiEvents
{
    public const string ContentType = "text/event-stream";
    public const string PartialImage = "image_generation.partial_image";
    public const string Completed = "image_generation.completed";

    /// <summary>The official SDKs raise what this event carries.</summary>
    public const string Error = "error";

    /// <param name="data">Writes JSON without line breaks.</param>
    public static async Task Write(PipeWriter output, string name, Func<PipeWriter, Task> data, CancellationToken cancellation)
    {
        output.Write(System.Text.Encoding.ASCII.GetBytes($"event: {name}\ndata: "));
        await data(output);
        output.Write("\n\n"u8);
        await output.FlushAsync(cancellation);
    }

    public static Task WriteError(PipeWriter output, ErrorAnswer error, CancellationToken cancellation) =>
        Write(
            output, Error,
            data =>
            {
                Dialect.OpenAi.WriteBody(data, error);
                return Task.CompletedTask;
            },
            cancellation);

    /// <summary>A comment, which readers ignore and which keeps proxies from cutting a quiet connection.</summary>
    public static async Task WriteHeartbeat(PipeWriter output, CancellationToken cancellation)
    {
        output.Write(": \n\n"u8);
        await output.FlushAsync(cancellation);
    }

    private static void Write(this PipeWriter output, ReadOnlySpan<byte> bytes) => System.Buffers.BuffersExtensions.Write(output, bytes);
}
