using System.Diagnostics;
using System.Globalization;

namespace Vitrine.Media;

/// <summary>Single frames of a clip as whoever plays it sees them, by the ffmpeg program as a child process.</summary>
/// <param name="program">The program; by default the ffmpeg of PATH.</param>
public sealed class Mp4Frames(string program = VideoProcess.Ffmpeg)
{
    /// <summary>Frames that can be asked for at once.</summary>
    public const int Most = 16;

    /// <summary>Decodes a whole clip of ours to reach its last frame takes a second or two; a program that takes longer than this hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>The frames, each with rows from the top, three bytes a pixel (sRGB red, green, blue), no padding.</summary>
    /// <param name="clip">A file of ours: it goes to a decoder for video, which is a large target. Nobody else's is to be given here.</param>
    /// <param name="info">What <see cref="Mp4Probe"/> says of it.</param>
    /// <param name="numbers">1 to <see cref="Most"/> different numbers in rising order, from 0.</param>
    /// <exception cref="VideoEncoderMissingException">There is no such program; the message tells how to install it.</exception>
    /// <exception cref="VideoEncodingException">It could not decode the clip; the message holds what it said.</exception>
    public async Task<IReadOnlyList<byte[]>> Read(ReadOnlyMemory<byte> clip, VideoInfo info, IReadOnlyList<int> numbers, CancellationToken cancellation = default)
    {
        if (numbers.Count is 0 or > Most || numbers[0] < 0 || numbers[^1] >= info.Frames || numbers.Zip(numbers.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new ArgumentException($"1 to {Most} frames in rising order can be read, from 0 to {info.Frames - 1}.", nameof(numbers));
        using var folder = new TemporaryFolder();
        var file = folder.File("clip.mp4");
        await File.WriteAllBytesAsync(file, clip, cancellation);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        using var decoder = VideoProcess.Start(program, Arguments(file, numbers), givesOutput: true);
        await using var killing = limit.Token.UnsafeRegister(static process => VideoProcess.Kill((Process)process!), decoder);
        var complaint = VideoProcess.Tail(decoder.StandardError);
        try
        {
            var frames = new List<byte[]>(numbers.Count);
            try
            {
                while (frames.Count < numbers.Count)
                {
                    var frame = new byte[info.Width * info.Height * 3];
                    await decoder.StandardOutput.BaseStream.ReadExactlyAsync(frame, limit.Token);
                    frames.Add(frame);
                }
            }
            catch (Exception ended) when (ended is EndOfStreamException or OperationCanceledException)
            {
                cancellation.ThrowIfCancellationRequested();
                throw new VideoEncodingException($"ffmpeg could not read the clip: {(limit.IsCancellationRequested ? "it took too long" : await complaint)}");
            }
            return frames;
        }
        finally
        {
            VideoProcess.Kill(decoder);
            await decoder.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static string[] Arguments(string file, IReadOnlyList<int> numbers) =>
    [
        "-hide_banner", "-nostats", "-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-threads", "2", "-i", "file:" + file,
        "-vf", $"select='{string.Join('+', numbers.Select(number => $"eq(n\\,{number.ToString(CultureInfo.InvariantCulture)})"))}',scale=in_color_matrix=bt709:in_range=tv,format=rgb24",
        "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1",
    ];
}
