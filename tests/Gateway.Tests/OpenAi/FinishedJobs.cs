using System.IO.Pipelines;
using System.Text;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.OpenAi;

/// <summary>Records of jobs as the cluster hands them out, and what an answer about them looks like on the wire.</summary>
internal static class FinishedJobs
{
    public static JobView AJobThatSucceeded(int images = 1, PictureFormat format = PictureFormat.Png, int side = 64, long settledMicro = 4096 * 4) => new()
    {
        Id = "job_00000000000000000000000000", Project = "campaign", Key = "key1", Dialect = "openai", RequestDigest = "d", State = JobState.Succeeded,
        Prompt = "a red fox, sticker", Images = images, Width = side, Height = side, Format = format, ReservedMicro = settledMicro, SettledMicro = settledMicro,
        Period = "2026-01", SubmittedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_999),
        Assets = [.. Enumerable.Range(0, images).Select(Asset)],
    };

    public static AssetView Asset(int image) => new(
        $"asset_00000000000000000000000000_{image}", "job_00000000000000000000000000", image, new string('a', 64), new string('b', 64), "image/png", 3, 64, 64, image,
        "urn:c2pa:x", "digest", "policy", DateTimeOffset.UnixEpoch, []);

    /// <summary>What <paramref name="write"/> puts on the wire, as text.</summary>
    public static async Task<string> Written(Func<PipeWriter, Task> write)
    {
        using var bytes = new MemoryStream();
        var output = PipeWriter.Create(bytes);
        await write(output);
        await output.CompleteAsync();
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
