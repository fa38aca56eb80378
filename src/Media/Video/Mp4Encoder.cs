using System.Diagnostics;
using System.Globalization;

namespace Vitrine.Media;

/// <summary>
/// Frames to H.264 in MP4, by the ffmpeg program as a child process. It is a program of the system and no part of ours: whoever runs this installs it, and
/// with it the encoder's licences (x264 is GPL) and whatever a use of H.264 asks for.
/// </summary>
/// <param name="program">The program; by default the ffmpeg of PATH.</param>
public sealed class Mp4Encoder(string program = VideoProcess.Ffmpeg)
{
    /// <summary>Whether the program is in a folder of PATH. Looked up at every asking: it may be installed while this runs.</summary>
    public static bool IsInstalled => VideoProcess.IsInstalled(VideoProcess.Ffmpeg);

    /// <summary>The same as <see cref="Encode(IAsyncEnumerable{ReadOnlyMemory{byte}}, int, int, int, string, CancellationToken)"/>, as bytes; nothing stays on disk.</summary>
    public async Task<(byte[] File, VideoInfo Info)> Encode(IAsyncEnumerable<ReadOnlyMemory<byte>> frames, int width, int height, int rate, CancellationToken cancellation = default)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("clip.mp4");
        var info = await Encode(frames, width, height, rate, file, cancellation);
        return (await File.ReadAllBytesAsync(file, cancellation), info);
    }

    /// <summary>
    /// Encodes a clip: YUV 4:2:0, BT.709, description before the pictures, no metadata. The same frames give the same bytes by the same build of ffmpeg. At
    /// most one frame is held here. The file is there when this returns, whole and probed, or not at all.
    /// </summary>
    /// <param name="frames">Rows from the top, three bytes a pixel (sRGB red, green, blue), no padding. Asked for one at a time, as the encoder takes them.</param>
    /// <param name="width">Even, 2 to <see cref="VideoLimits.LongestSide"/>.</param>
    /// <param name="height">Even, 2 to <see cref="VideoLimits.LongestSide"/>.</param>
    /// <param name="rate">Frames a second, 1 to <see cref="VideoLimits.FastestRate"/>.</param>
    /// <param name="file">Where to put the file; one that is there is replaced.</param>
    /// <exception cref="VideoEncoderMissingException">There is no such program; the message tells how to install it.</exception>
    /// <exception cref="VideoEncodingException">The encoder failed; the message holds what it said.</exception>
    public async Task<VideoInfo> Encode(
        IAsyncEnumerable<ReadOnlyMemory<byte>> frames, int width, int height, int rate, string file, CancellationToken cancellation = default)
    {
        CheckSide(width, nameof(width));
        CheckSide(height, nameof(height));
        ArgumentOutOfRangeException.ThrowIfLessThan(rate, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, VideoLimits.FastestRate);
        cancellation.ThrowIfCancellationRequested();

        var target = Path.GetFullPath(file);
        var partial = target + ".partial";
        try
        {
            var written = await Run(frames, width, height, rate, partial, cancellation);
            var info = await Check(partial, width, height, written, cancellation);
            File.Move(partial, target, overwrite: true);
            return info;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private async Task<int> Run(IAsyncEnumerable<ReadOnlyMemory<byte>> frames, int width, int height, int rate, string partial, CancellationToken cancellation)
    {
        using var encoder = VideoProcess.Start(program, Arguments(width, height, rate, partial), takesInput: true);
        // A write to a full pipe hears nothing of a cancellation; it ends when the reader does.
        await using var killing = cancellation.UnsafeRegister(static process => VideoProcess.Kill((Process)process!), encoder);
        var complaint = VideoProcess.Tail(encoder.StandardError);
        try
        {
            var written = await Feed(encoder, frames, width * height * 3, cancellation);
            if (written is null)
                VideoProcess.Kill(encoder); // It closed the pipe, so it will not do better; mostly it has ended and said why.
            await encoder.WaitForExitAsync(CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            return encoder.ExitCode == 0 && written is { } all ? all : throw new VideoEncodingException($"ffmpeg could not encode the clip: {await complaint}");
        }
        finally
        {
            VideoProcess.Kill(encoder);
            await encoder.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>How many frames were written, or null where the encoder takes no more.</summary>
    private static async Task<int?> Feed(Process encoder, IAsyncEnumerable<ReadOnlyMemory<byte>> frames, int frameLength, CancellationToken cancellation)
    {
        var written = 0;
        await using var pipe = encoder.StandardInput.BaseStream;
        await foreach (var frame in frames.WithCancellation(cancellation))
        {
            if (frame.Length != frameLength)
                throw new ArgumentException($"Frame {written} has {frame.Length} bytes, not {frameLength}.", nameof(frames));
            if (written == VideoLimits.MostFrames)
                throw new ArgumentException($"A clip has at most {VideoLimits.MostFrames} frames.", nameof(frames));
            try
            {
                await pipe.WriteAsync(frame, cancellation);
            }
            catch (IOException)
            {
                return null;
            }
            written++;
        }
        return written > 0 ? written : throw new ArgumentException("A clip has at least one frame.", nameof(frames));
    }

    private static string[] Arguments(int width, int height, int rate, string file) =>
    [
        "-hide_banner", "-nostats", "-v", "error", "-protocol_whitelist", "file,pipe",
        "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", Invariant($"{width}x{height}"), "-framerate", Invariant($"{rate}"), "-i", "pipe:0",
        "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
        // A stated number of threads, because it changes the bytes; constant quality, visually near lossless for flat pictures.
        "-c:v", "libx264", "-preset", "medium", "-crf", "18", "-threads", "2", "-g", Invariant($"{2 * rate}"),
        "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart", "-f", "mp4", "-y", "file:" + file,
    ];

    private static async Task<VideoInfo> Check(string file, int width, int height, int frames, CancellationToken cancellation)
    {
        if (new FileInfo(file) is not { Exists: true, Length: <= VideoLimits.MostBytes })
            throw new VideoEncodingException($"ffmpeg left no file, or one of more than {VideoLimits.MostBytes >> 20} MiB.");
        return Mp4Probe.Read(await File.ReadAllBytesAsync(file, cancellation)) is VideoInfo { StartsAtOnce: true } info && (info.Width, info.Height, info.Frames) == (width, height, frames)
            ? info : throw new VideoEncodingException("ffmpeg wrote another clip than it was asked for.");
    }

    private static void CheckSide(int side, string name)
    {
        if (side is < 2 or > VideoLimits.LongestSide || side % 2 != 0)
            throw new ArgumentOutOfRangeException(name, side, $"A side of a clip is even, 2 to {VideoLimits.LongestSide} pixels.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The program that encodes clips is not installed.</summary>
public sealed class VideoEncoderMissingException(string program, Exception cause) : Exception(
    $"Clips need the program {program}, which is not installed or may not be run. Install it with: apt-get install ffmpeg (Debian, Ubuntu), dnf install ffmpeg (Red Hat, from RPM Fusion), brew install ffmpeg (macOS).", cause);

/// <summary>The encoder could not make the clip.</summary>
public sealed class VideoEncodingException(string message) : Exception(message);
