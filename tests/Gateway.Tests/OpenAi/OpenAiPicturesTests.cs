using System.Text.Json;
using Vitrine.Gateway.OpenAi;
using Vitrine.Grains.Interfaces;
using static Vitrine.Gateway.Tests.OpenAi.FinishedJobs;

namespace Vitrine.Gateway.Tests.OpenAi;

public sealed class OpenAiPicturesTests
{
    private static readonly OpenAiImageRequest AFox = new() { Prompt = "a red fox, sticker" };

    [Fact]
    public async Task The_response_in_base64_is_this_to_the_byte() =>
        Assert.Equal(
            """{"created":1767225600,"data":[{"b64_json":"+/8A"},{"b64_json":"+/8B"}],"background":"opaque","output_format":"png","size":"64x64","quality":"low","usage":{"input_tokens":5,"output_tokens":17,"total_tokens":22,"input_tokens_details":{"text_tokens":5,"image_tokens":0},"output_tokens_details":{"image_tokens":17,"text_tokens":0}}}""",
            await Response(AFox, AJobThatSucceeded(images: 2)));

    [Fact]
    public async Task The_response_with_links_is_this_to_the_byte() =>
        Assert.Equal(
            """{"created":1767225600,"data":[{"url":"http://h/a?x=1\u0026y=2"}],"background":"opaque","output_format":"jpeg","size":"512x512","quality":"medium","usage":{"input_tokens":5,"output_tokens":17,"total_tokens":22,"input_tokens_details":{"text_tokens":5,"image_tokens":0},"output_tokens_details":{"image_tokens":17,"text_tokens":0}}}""",
            await Written(output => OpenAiPictures.WriteResponse(
                output, AFox with { Delivery = PictureDelivery.Url }, AJobThatSucceeded(format: PictureFormat.Jpeg, side: 512),
                _ => throw new InvalidOperationException("Nobody reads a picture that is only linked."), _ => new Uri("http://h/a?x=1&y=2"), CancellationToken.None)));

    [Fact]
    public async Task The_quality_that_was_asked_for_is_told_back() =>
        Assert.Contains("\"quality\":\"high\"", await Response(AFox with { Quality = QualityWord.High }, AJobThatSucceeded()), StringComparison.Ordinal);

    [Fact]
    public async Task A_picture_longer_than_many_segments_survives()
    {
        var picture = new byte[1_000_001];
        new Random(7).NextBytes(picture);

        var body = await Written(output => OpenAiPictures.WriteResponse(
            output, AFox, AJobThatSucceeded(), _ => Task.FromResult(picture), _ => throw new InvalidOperationException(), CancellationToken.None));

        using var json = JsonDocument.Parse(body);
        Assert.Equal(picture, json.RootElement.GetProperty("data")[0].GetProperty("b64_json").GetBytesFromBase64());
    }

    [Fact]
    public async Task A_partial_picture_is_this_event() =>
        Assert.Equal(
            "event: image_generation.partial_image\ndata: " +
            """{"type":"image_generation.partial_image","b64_json":"AQID","created_at":1767225600,"background":"opaque","output_format":"png","size":"64x64","quality":"low","partial_image_index":2}""" +
            "\n\n",
            await Written(output => OpenAiEvents.Write(
                output, OpenAiEvents.PartialImage, data => OpenAiPictures.WritePartial(data, AFox, AJobThatSucceeded(), [1, 2, 3], 2, CancellationToken.None), CancellationToken.None)));

    [Fact]
    public async Task A_finished_picture_is_this_event() =>
        Assert.Equal(
            "event: image_generation.completed\ndata: " +
            """{"type":"image_generation.completed","b64_json":"AQID","created_at":1767225600,"background":"opaque","output_format":"png","size":"64x64","quality":"low","usage":{"input_tokens":5,"output_tokens":17,"total_tokens":22,"input_tokens_details":{"text_tokens":5,"image_tokens":0},"output_tokens_details":{"image_tokens":17,"text_tokens":0}}}""" +
            "\n\n",
            await Written(output => OpenAiEvents.Write(
                output, OpenAiEvents.Completed, data => OpenAiPictures.WriteCompleted(data, AFox, AJobThatSucceeded(), Asset(0), [1, 2, 3], CancellationToken.None), CancellationToken.None)));

    [Fact]
    public async Task An_error_in_a_stream_is_this_event() =>
        Assert.Equal(
            "event: error\ndata: {\"error\":{\"message\":\"The job was canceled before its pictures were finished.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"canceled\"}}\n\n",
            await Written(output => OpenAiEvents.WriteError(output, OpenAiErrors.Of(AJobThatSucceeded() with { State = JobState.Canceled })!, CancellationToken.None)));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(16384, 17)]
    public void An_image_token_is_a_thousandth_of_a_credit_rounded_up(long settledMicro, long tokens) =>
        Assert.Equal(tokens, OpenAiUsage.Of(AJobThatSucceeded(settledMicro: settledMicro)).ImageTokens);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(10)]
    public void The_usage_of_the_pictures_adds_up_to_that_of_the_job(int images)
    {
        var whole = new OpenAiUsage(TextTokens: 5, ImageTokens: 123_457);

        var parts = Enumerable.Range(0, images).Select(image => whole.Share(image, images)).ToList();

        Assert.Equal(whole, new OpenAiUsage(parts.Sum(part => part.TextTokens), parts.Sum(part => part.ImageTokens)));
        Assert.InRange(parts.Max(part => part.ImageTokens) - parts.Min(part => part.ImageTokens), 0, 1);
    }

    private static Task<string> Response(OpenAiImageRequest request, JobView job) => Written(output => OpenAiPictures.WriteResponse(
        output, request, job, asset => Task.FromResult<byte[]>([0xfb, 0xff, (byte)asset.Image]), _ => throw new InvalidOperationException(), CancellationToken.None));
}
