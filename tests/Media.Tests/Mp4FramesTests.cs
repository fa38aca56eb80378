using System.Runtime.CompilerServices;

namespace Vitrine.Media.Tests;

/// <summary>Frames that are read back by the real program.</summary>
public sealed class Mp4FramesTests
{
    private const int Width = 96, Height = 64, Frames = 30;

    [Fact]
    public async Task Frames_come_by_their_numbers_and_nearly_as_they_went_in()
    {
        var (file, info) = await new Mp4Encoder().Encode(Clip(), Width, Height, 24);

        var frames = await new Mp4Frames().Read(file, info, [0, 1, 15, Frames - 1]);

        Assert.Equal(4, frames.Count);
        foreach (var (frame, number) in frames.Zip([0, 1, 15, Frames - 1]))
            Assert.InRange(Frame(number).Zip(frame, (a, b) => Math.Abs(a - b)).Average(), 0, 4);
    }

    [Fact]
    public async Task Numbers_that_the_clip_has_not_are_refused()
    {
        var info = new VideoInfo(Width, Height, Frames, 24, TimeSpan.FromSeconds(1.25), StartsAtOnce: true);
        foreach (int[] numbers in new int[][] { [], [-1], [Frames], [3, 3], [5, 2], [.. Enumerable.Range(0, Mp4Frames.Most + 1)] })
            await Assert.ThrowsAsync<ArgumentException>(() => new Mp4Frames().Read(new byte[8], info, numbers));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_an_error_with_the_programs_words_and_leaves_nothing_behind()
    {
        var (file, info) = await new Mp4Encoder().Encode(Clip(), Width, Height, 24);

        foreach (var damaged in new[] { file[..(file.Length / 2)], [.. file.Select((each, i) => i > 200 ? (byte)0 : each)], Array.Empty<byte>() })
            await Assert.ThrowsAsync<VideoEncodingException>(() => new Mp4Frames().Read(damaged, info, [Frames - 1]));
    }

    [Fact]
    public async Task A_missing_program_is_named_with_the_commands_that_install_it()
    {
        var info = new VideoInfo(Width, Height, Frames, 24, TimeSpan.FromSeconds(1.25), StartsAtOnce: true);
        var error = await Assert.ThrowsAsync<VideoEncoderMissingException>(() => new Mp4Frames("ffmpeg-that-is-not-there").Read(new byte[8], info, [0]));
        Assert.Contains("apt-get install ffmpeg", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_program_is_found_where_the_tests_have_it() => Assert.True(Mp4Encoder.IsInstalled);

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Clip([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (var i = 0; i < Frames; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
            yield return Frame(i);
        }
    }

    // A bright square that moves two pixels a frame.
    private static byte[] Frame(int number)
    {
        var rgb = new byte[Width * Height * 3];
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                rgb.AsSpan((y * Width + x) * 3, 3).Fill(x / 2 >= number && x / 2 < number + 16 && y is >= 16 and < 48 ? (byte)220 : (byte)40);
        return rgb;
    }
}
