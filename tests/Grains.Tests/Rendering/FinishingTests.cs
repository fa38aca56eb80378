using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Provenance;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests;

/// <summary>What a picture carries when it leaves, read back from its stored file.</summary>
[Collection(nameof(OneSilo))]
public sealed class FinishingTests(OneSilo silo)
{
    private static readonly Watermark Detector = new(TestCluster.WatermarkKey);

    [Fact]
    public async Task The_stored_file_carries_the_recorded_watermark_and_looks_as_its_hash_says_and_its_manifest_declares_it()
    {
        var brand = await silo.Cluster.Tenant("marked-output");

        var job = await brand.End((await brand.Submit(brand.Asks("a red apple, 3d style", images: 2, side: 256))).Key);

        Assert.Equal(2, job.Assets.Select(asset => asset.Watermark).Distinct().Count());
        foreach (var asset in job.Assets)
        {
            var file = await Stored(brand, asset);
            var picture = Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(file)).Image;
            var looks = Pdq.Read(picture.ToRgb(), picture.Width, picture.Height);
            Assert.Equal(asset.Watermark, Detector.Detect(picture.ToRgb(), picture.Width, picture.Height)?.Id.ToString());
            Assert.Equal((looks.Hash.ToString(), looks.Quality), (asset.Pdq, asset.PdqQuality));
            Assert.True(file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Watermark.Algorithm)) > 0, "The manifest does not name the watermark's algorithm.");
            Assert.True(file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(asset.Watermark!)) > 0, "The manifest does not hold the watermark's id.");
        }
    }

    [Theory]
    [InlineData(128, PictureFormat.Png, 100)]
    [InlineData(128, PictureFormat.Jpeg, 80)]
    [InlineData(512, PictureFormat.Webp, 80)]
    [InlineData(1024, PictureFormat.Jpeg, 70)]
    public async Task The_label_that_the_policy_asks_for_is_drawn_after_the_watermark_which_is_still_read_and_record_and_manifest_say_so(int side, PictureFormat format, int quality)
    {
        var brand = await silo.Cluster.Tenant($"labelled-{side}-{format}".ToLowerInvariant());

        var asset = Assert.Single((await brand.End((await brand.Submit(brand.Asks("a red apple, 3d style", side: side) with { Format = format, Quality = quality })).Key)).Assets);

        var label = asset.Label!;
        Assert.Equal(("AI生成", "top-right"), (label.Text, label.Position));
        Assert.Equal(["cn-gb45438", "eu-aia-50-4", "in-gsr120e", "kr-basic-act-31-real"], label.Rules);
        Assert.True(label.LetterHeight >= side * 0.05, $"{label}");
        var file = await Stored(brand, asset);
        if (Environment.GetEnvironmentVariable("VITRINE_KEEP_PICTURES") is { Length: > 0 } folder) await File.WriteAllBytesAsync(Path.Combine(folder, $"labelled-{side}.{format}".ToLowerInvariant()), file);
        var rgb = Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(file)).Image.ToRgb();
        Assert.NotNull(asset.Watermark);
        Assert.Equal(asset.Watermark, Detector.Detect(rgb, side, side)?.Id.ToString());
        // The plate is where the record says: nearly black within, white at its edge.
        Assert.True(rgb[((label.Y + label.Height / 2) * side + label.X + (int)(label.LetterHeight * 0.3)) * 3] < 64, "There is no plate where the record says.");
        Assert.True(rgb[(label.Y * side + label.X + label.Width / 2) * 3] > 128, "There is no edge where the record says.");
        Assert.True(file.AsSpan().IndexOf("A visible label was added: AI生成 (top-right)."u8) > 0, "The manifest does not say what the label says.");
        Assert.True(file.AsSpan().IndexOf("c2pa.watermarked.bound"u8) < file.AsSpan().IndexOf("c2pa.addedText"u8), "The manifest tells the steps in another order than they were done.");
    }

    [Fact]
    public async Task A_rendition_is_labelled_anew_keeps_its_parents_mark_and_its_models_name_and_costs_one_evaluation()
    {
        var brand = await silo.Cluster.Tenant("rendition");
        var parent = Assert.Single((await brand.End((await brand.Submit(brand.Asks("a red apple, 3d style", side: 256))).Key)).Assets);

        var job = await brand.End((await brand.Submit(brand.Asks("", side: 512) with { Height = 256, Format = PictureFormat.Jpeg, Quality = 90, Start = new AskedStart(parent.Id, null, 0) })).Key);

        var asset = Assert.Single(job.Assets);
        Assert.Equal((512, 256, "image/jpeg", parent.Watermark, parent.ModelDigest), (asset.Width, asset.Height, asset.MediaType, asset.Watermark, asset.ModelDigest));
        Assert.Equal(new Credits(512 * 256), job.Settled);
        var label = asset.Label!;
        Assert.Equal(("AI生成", "top-right"), (label.Text, label.Position));
        Assert.True(label.LetterHeight >= 256 * 0.05, $"{label}");
        var rgb = Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(await Stored(brand, asset))).Image.ToRgb();
        Assert.True(rgb[((label.Y + label.Height / 2) * 512 + label.X + (int)(label.LetterHeight * 0.3)) * 3] < 64, "There is no plate where the record says.");
    }

    [Fact]
    public async Task A_picture_too_small_for_letters_that_can_be_read_leaves_without_a_label_and_its_record_says_so()
    {
        var brand = await silo.Cluster.Tenant("too-small-to-label");
        var asset = Assert.Single((await brand.End((await brand.Submit(brand.Asks("a red apple, 3d style", side: 16))).Key)).Assets);
        Assert.Null(asset.Label);
        Assert.Equal(-1, (await Stored(brand, asset)).AsSpan().IndexOf("c2pa.addedText"u8));
    }

    [Fact]
    public async Task A_picture_below_the_size_of_a_watermark_leaves_without_one_and_its_manifest_declares_none()
    {
        var brand = await silo.Cluster.Tenant("small-output");

        var asset = Assert.Single((await brand.End((await brand.Submit(brand.Asks("a red apple, 3d style", side: Watermark.SmallestSide - 8))).Key)).Assets);

        Assert.Null(asset.Watermark);
        Assert.NotNull(asset.Pdq);
        Assert.Equal(-1, (await Stored(brand, asset)).AsSpan().IndexOf(Encoding.ASCII.GetBytes(Watermark.Algorithm)));
    }

    [Fact]
    public async Task The_pixel_digest_is_that_of_the_picture_before_its_watermark()
    {
        var brand = await silo.Cluster.Tenant("same-pixels");

        var one = Assert.Single((await brand.End((await brand.Submit(brand.Asks("a red apple", side: 128))).Key)).Assets);
        var other = Assert.Single((await brand.End((await brand.Submit(brand.Asks("a red apple", side: 128))).Key)).Assets);

        Assert.Equal(one.PixelSha256, other.PixelSha256);
        Assert.NotEqual(one.Watermark, other.Watermark);
        Assert.NotEqual(one.Sha256, other.Sha256);
    }

    [Fact]
    public async Task An_asset_that_is_made_again_gets_the_number_it_had_also_when_two_silos_ask_at_once()
    {
        var numbers = silo.Cluster.Services.GetRequiredService<WatermarkNumbers>();
        var (tenant, asset) = (TenantId.Parse("made-again"), AssetId.Of(JobId.New(), 0));

        var given = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => numbers.Of(tenant, asset, CancellationToken.None)));
        var other = await numbers.Of(TenantId.Parse("made-again-too"), asset, CancellationToken.None);

        Assert.Single(given.Distinct());
        Assert.NotEqual(given[0], other);
    }

    [Fact]
    public void A_watermark_key_is_made_once_and_a_file_that_is_none_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("vitrine-watermark-").FullName;
        var id = new WatermarkId(7);
        try
        {
            var made = new WatermarkIds(WatermarkKeyFile.Open(folder)).NumberOf(id);
            var opened = new WatermarkIds(WatermarkKeyFile.Open(folder)).NumberOf(id);
            Assert.Equal(made, opened);
            File.WriteAllText(Path.Combine(folder, WatermarkKeyFile.Name), Convert.ToBase64String(new byte[WatermarkKey.Length - 1]));
            Assert.Throws<InvalidOperationException>(() => WatermarkKeyFile.Open(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<byte[]> Stored(TestTenant brand, AssetView asset)
    {
        await using var content = await silo.Cluster.Blobs.Open(new BlobKey(brand.Tenant.Value, asset.Sha256), CancellationToken.None);
        return await content!.ReadAll(CancellationToken.None);
    }
}
