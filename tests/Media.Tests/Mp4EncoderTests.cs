using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Vitrine.Media.Tests;

/// <summary>By the real program: ffmpeg encodes, ffprobe and ffmpeg's decoder judge.</summary>
public sealed class Mp4EncoderTests : IDisposable
{
    private const int Width = 96, Height = 64, Rate = 24, Frames = 30;
    private readonly TemporaryDirectory folder = new();

    private string Target => Path.Combine(folder.Path, "clip.mp4");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_clip_is_what_was_asked_for_by_our_probe_and_by_ffprobe()
    {
        var info = await new Mp4Encoder().Encode(Clip(), Width, Height, Rate, Target);

        Assert.Equal(new VideoInfo(Width, Height, Frames, Rate, TimeSpan.FromSeconds(1.25), StartsAtOnce: true), info);
        using var judged = JsonDocument.Parse(await Output("ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", Target));
        var stream = Assert.Single(judged.RootElement.GetProperty("streams").EnumerateArray());
        string Text(string name) => stream.GetProperty(name).ToString();
        Assert.Equal(("h264", "yuv420p", "96", "64"), (Text("codec_name"), Text("pix_fmt"), Text("width"), Text("height")));
        Assert.Equal(("24/1", "24/1", "30", "bt709"), (Text("avg_frame_rate"), Text("r_frame_rate"), Text("nb_read_frames"), Text("color_space")));
        Assert.Equal(1.25, double.Parse(Text("duration"), CultureInfo.InvariantCulture), 3);
        Assert.Contains("mp4", judged.RootElement.GetProperty("format").GetProperty("format_name").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pixels_that_come_out_are_nearly_those_that_went_in()
    {
        await new Mp4Encoder().Encode(Clip(), Width, Height, Rate, Target);
        var raw = Path.Combine(folder.Path, "frames.rgb");
        await Output("ffmpeg", "-v", "error", "-i", Target, "-vf", "scale=in_color_matrix=bt709", "-f", "rawvideo", "-pix_fmt", "rgb24", "-y", raw);
        var decoded = await File.ReadAllBytesAsync(raw);

        Assert.Equal(Frames * Width * Height * 3, decoded.Length);
        for (var frame = 0; frame < Frames; frame++)
            Assert.InRange(Frame(frame).Zip(decoded.Skip(frame * Width * Height * 3), (a, b) => Math.Abs(a - b)).Average(), 0, 3);
    }

    [Fact]
    public async Task The_same_frames_give_the_same_bytes()
    {
        await new Mp4Encoder().Encode(Clip(), Width, Height, Rate, Target);
        var first = await File.ReadAllBytesAsync(Target);
        await new Mp4Encoder().Encode(Clip(), Width, Height, Rate, Target);
        Assert.Equal(first, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task A_missing_program_is_named_with_the_commands_that_install_it()
    {
        var error = await Assert.ThrowsAsync<VideoEncoderMissingException>(() => new Mp4Encoder("ffmpeg-that-is-not-there").Encode(Clip(), Width, Height, Rate, Target));
        Assert.Contains("apt-get install ffmpeg", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Cancelling_while_the_encoder_waits_for_a_frame_ends_it_and_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var encoding = new Mp4Encoder().Encode(Never(started), Width, Height, Rate, Target, cancelled.Token);
        await started.Task;
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => encoding);
        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.Empty(await Children());
    }

    [Fact]
    public async Task Cancelling_while_the_pipe_is_full_ends_the_encoder_too()
    {
        using var cancelled = new CancellationTokenSource();
        // It reads nothing and does not end by itself.
        var deaf = await Script("#!/bin/sh\nexec tail -f \"$0\"\n");
        var asked = new TaskCompletionSource();
        var encoding = new Mp4Encoder(deaf).Encode(Told(Clip(1000), asked), 512, 512, Rate, Target, cancelled.Token);
        // A pipe holds 64 KiB and a frame has 768, so the first write does not end.
        await asked.Task;
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => encoding);
        Assert.Empty(await Children());
    }

    [Fact]
    public async Task An_encoder_that_fails_is_quoted_and_an_older_file_stays()
    {
        await File.WriteAllTextAsync(Target, "old");
        var broken = await Script("#!/bin/sh\necho 'Unknown encoder' >&2\nexit 1\n");
        var error = await Assert.ThrowsAsync<VideoEncodingException>(() => new Mp4Encoder(broken).Encode(Clip(), Width, Height, Rate, Target));
        Assert.Contains("Unknown encoder", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(Target));
    }

    [Fact]
    public async Task A_failure_of_the_frames_is_the_callers_and_ends_the_encoder()
    {
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => new Mp4Encoder().Encode(Failing(), Width, Height, Rate, Target));
        await Assert.ThrowsAsync<ArgumentException>(() => new Mp4Encoder().Encode(Clip(), Width, Height + 2, Rate, Target));
        await Assert.ThrowsAsync<ArgumentException>(() => new Mp4Encoder().Encode(Clip(0), Width, Height, Rate, Target));
        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.Empty(await Children());
    }

    [Theory]
    [InlineData(95, 64, 24)]
    [InlineData(96, 0, 24)]
    [InlineData(1922, 64, 24)]
    [InlineData(96, 64, 0)]
    [InlineData(96, 64, 61)]
    public async Task Sizes_and_rates_that_no_clip_has_are_refused(int width, int height, int rate) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => new Mp4Encoder().Encode(Clip(), width, height, rate, Target));

    /// <summary>A bright bar that moves over a gradient.</summary>
    private static byte[] Frame(int index, int width = Width, int height = Height)
    {
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var bar = (x + width - 2 * index) % width < 16;
                (rgb[3 * (y * width + x)], rgb[3 * (y * width + x) + 1], rgb[3 * (y * width + x) + 2]) = bar ? ((byte)220, (byte)200, (byte)180) : ((byte)(40 + x), (byte)(60 + y), (byte)90);
            }
        return rgb;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Clip(int frames = Frames)
    {
        for (var i = 0; i < frames; i++)
        {
            await Task.Yield();
            yield return frames > Frames ? Frame(i, 512, 512) : Frame(i);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Told(IAsyncEnumerable<ReadOnlyMemory<byte>> frames, TaskCompletionSource asked)
    {
        await foreach (var frame in frames)
        {
            asked.TrySetResult();
            yield return frame;
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Never(TaskCompletionSource started, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        yield return Frame(0);
        started.SetResult();
        await new TaskCompletionSource().Task.WaitAsync(cancellation);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Failing()
    {
        yield return Frame(0);
        await Task.Yield();
        throw new InvalidTimeZoneException("mine");
    }

    // Encoders of this process that still run, by the folder that their arguments name.
    private async Task<string[]> Children() =>
        [.. (await Output("ps", "-ww", "-eo", "args")).Split('\n').Where(line => line.Contains(folder.Path, StringComparison.Ordinal))];

    private async Task<string> Script(string text)
    {
        var path = Path.Combine(folder.Path, "script");
        await File.WriteAllTextAsync(path, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private static async Task<string> Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
