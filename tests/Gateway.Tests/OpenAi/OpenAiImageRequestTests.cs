using System.Text.Json;
using Vitrine.Gateway.OpenAi;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.OpenAi;

public sealed class OpenAiImageRequestTests
{
    [Fact]
    public void A_prompt_alone_asks_for_one_png_of_the_models_own_size_in_base64()
    {
        var request = Accepted("""{"prompt":"a red fox, sticker"}""");

        Assert.Equal(new OpenAiImageRequest { Prompt = "a red fox, sticker" }, request);
        Assert.Equal((1, null, PictureFormat.Png, 100, PictureDelivery.Base64, false),
            (request.Images, request.Size, request.Format, request.Compression, request.Delivery, request.Stream));
    }

    [Fact]
    public void Every_field_is_read()
    {
        var request = Accepted("""
            {"prompt":"a fox","model":"m","n":10,"size":"512x768","quality":"medium","output_format":"webp","output_compression":40,"stream":true,"partial_images":3,
             "response_format":"b64_json","moderation":"low","background":"opaque","user":"u-1","seed":9223372036854775797,"steps":4,"guidance":1.5,"negative_prompt":"dog","session":"s.1"}
            """);

        Assert.Equal(
            new OpenAiImageRequest
            {
                Prompt = "a fox", NegativePrompt = "dog", Model = "m", Images = 10, Size = new(512, 768), Quality = QualityWord.Medium, Format = PictureFormat.Webp,
                Compression = 40, Stream = true, PartialImages = 3, EndUser = "u-1", Session = "s.1", Seed = SubmitJob.LargestSeed, Steps = 4, Guidance = 1.5f,
            },
            request);
    }

    [Fact]
    public void Null_counts_as_absent()
    {
        var request = Accepted("""
            {"prompt":"a fox","model":null,"n":null,"size":null,"quality":null,"output_format":null,"output_compression":null,"stream":null,"partial_images":null,"response_format":null,
             "moderation":null,"background":null,"style":null,"user":null,"seed":null,"steps":null,"guidance":null,"negative_prompt":null,"session":null}
            """);

        Assert.Equal(new OpenAiImageRequest { Prompt = "a fox" }, request);
    }

    [Theory]
    [InlineData("low", 256, QualityWord.Low)]
    [InlineData("medium", 512, QualityWord.Medium)]
    [InlineData("high", 1024, QualityWord.High)]
    [InlineData("hd", 1024, QualityWord.High)]
    public void Quality_is_resolution_when_the_size_is_left_to_us(string quality, int side, QualityWord told)
    {
        var request = Accepted($$"""{"prompt":"a fox","size":"auto","quality":"{{quality}}"}""");

        Assert.Equal((new PictureSize(side, side), told), (request.Size, request.Quality));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("standard")]
    public void Quality_auto_and_standard_leave_the_size_to_the_model(string quality)
    {
        var request = Accepted($$"""{"prompt":"a fox","quality":"{{quality}}"}""");

        Assert.Equal((null, null), (request.Size, request.Quality));
    }

    [Fact]
    public void An_explicit_size_stands_whatever_the_quality_says()
    {
        var request = Accepted("""{"prompt":"a fox","size":"64x72","quality":"high"}""");

        Assert.Equal((new PictureSize(64, 72), QualityWord.High), (request.Size, request.Quality));
    }

    [Theory]
    [InlineData("8x8")]
    [InlineData("1024x1024")]
    [InlineData("1024x8")]
    public void Sides_are_multiples_of_8_up_to_1024(string size) => Accepted($$"""{"prompt":"a fox","size":"{{size}}"}""");

    [Theory]
    [InlineData("0x0")]
    [InlineData("99999x99999")]
    [InlineData("512X512")]
    [InlineData("512x513")]
    [InlineData("1032x512")]
    [InlineData("1０２４x1024")]
    [InlineData("064x64")]
    [InlineData("-8x8")]
    [InlineData("+8x8")]
    [InlineData("8x8x8")]
    [InlineData(" 8x8")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("4294967304x8")]
    public void Other_sizes_are_refused(string size) => Refused($$"""{"prompt":"a fox","size":"{{size}}"}""", 400, "invalid_value", "size");

    [Theory]
    [InlineData("n", "0")]
    [InlineData("n", "-1")]
    [InlineData("n", "11")]
    [InlineData("n", "9223372036854775808")]
    [InlineData("n", "\"3\"")]
    [InlineData("n", "1.5")]
    [InlineData("n", "1e309")]
    [InlineData("n", "true")]
    [InlineData("n", "[1]")]
    [InlineData("steps", "0")]
    [InlineData("steps", "1000000")]
    [InlineData("steps", "4294967297")]
    [InlineData("seed", "-1")]
    [InlineData("seed", "18446744073709551616")]
    [InlineData("seed", "9223372036854775798")]
    [InlineData("seed", "\"abc\"")]
    [InlineData("guidance", "1e309")]
    [InlineData("guidance", "-0.5")]
    [InlineData("guidance", "\"7\"")]
    [InlineData("size", "512")]
    [InlineData("size", "{}")]
    [InlineData("quality", "\"ultra\"")]
    [InlineData("response_format", "\"exe\"")]
    [InlineData("response_format", "1")]
    [InlineData("output_format", "\"gif\"")]
    [InlineData("output_format", "\"PNG\"")]
    [InlineData("output_compression", "101")]
    [InlineData("output_compression", "-1")]
    [InlineData("output_compression", "80")]
    [InlineData("output_compression", "99")]
    [InlineData("stream", "\"true\"")]
    [InlineData("stream", "1")]
    [InlineData("partial_images", "4")]
    [InlineData("partial_images", "-1")]
    [InlineData("partial_images", "2")]
    [InlineData("moderation", "\"off\"")]
    [InlineData("background", "\"transparent\"")]
    [InlineData("style", "\"vivid\"")]
    [InlineData("style", "\"natural\"")]
    [InlineData("user", "7")]
    [InlineData("model", "7")]
    [InlineData("negative_prompt", "[]")]
    [InlineData("session", "\"Not A Name\"")]
    [InlineData("session", "\"../x\"")]
    [InlineData("session", "\"\"")]
    [InlineData("prompt", "7")]
    [InlineData("prompt", "[\"a fox\"]")]
    public void A_value_that_cannot_be_honoured_is_refused_by_name(string field, string value) =>
        Refused(field == "prompt" ? $$"""{"prompt":{{value}}}""" : $$"""{"prompt":"a fox","{{field}}":{{value}}}""", 400, "invalid_value", field);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"prompt":null}""")]
    [InlineData("""{"prompt":""}""")]
    [InlineData("""{"prompt":" \t\n "}""")]
    [InlineData("""{"prompt":"\u200B\u200D\uFEFF\u00AD"}""")]
    [InlineData("""{"prompt":"\u3164\u2800"}""")]
    [InlineData("""{"prompt":"\uDB40\uDC61\u202E"}""")]
    public void A_prompt_that_shows_nothing_is_missing(string body) => Refused(body, 400, "missing_field", "prompt");

    [Theory]
    [InlineData("赤い狐")]
    [InlineData("🦊")]
    [InlineData("e\\u0301")]
    [InlineData("?")]
    public void A_prompt_in_any_script_is_accepted(string prompt) => Accepted($$"""{"prompt":"{{prompt}}"}""");

    [Fact]
    public void A_prompt_has_at_most_32000_units()
    {
        Accepted($$"""{"prompt":"{{new string('a', 32_000)}}"}""");
        Refused($$"""{"prompt":"{{new string('a', 32_001)}}"}""", 400, "invalid_value", "prompt");
    }

    [Fact]
    public void An_end_user_has_at_most_256_units()
    {
        Accepted($$"""{"prompt":"a fox","user":"{{new string('u', 256)}}"}""");
        Refused($$"""{"prompt":"a fox","user":"{{new string('u', 257)}}"}""", 400, "invalid_value", "user");
    }

    [Theory]
    [InlineData(300)]
    [InlineData(0)]
    public void A_name_that_no_model_can_have_is_an_unknown_model(int length)
    {
        var error = Refused($$"""{"prompt":"a fox","model":"{{new string('m', length)}}"}""", 404, "model_not_found", "model");

        Assert.Equal(OpenAiErrors.Of(new Refusal(Grains.Interfaces.Refused.ModelNotFound, "There is no model 'x'.", "model")), error);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("gpt-image-1")]
    [InlineData("dall-e-2")]
    public void Any_other_name_of_a_model_is_for_the_job_to_judge(string model) => Assert.Equal(model, Accepted($$"""{"prompt":"a fox","model":"{{model}}"}""").Model);

    [Fact]
    public void Mass_assignment_changes_nothing()
    {
        var request = Accepted("""{"prompt":"a fox","tenant_id":"other","credits":1000000,"status":"Completed","price":0,"project":"other"}""");

        Assert.Equal(new OpenAiImageRequest { Prompt = "a fox" }, request);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("\"prompt\"")]
    public void A_body_that_is_no_object_is_refused(string body) => Refused(body, 400, "invalid_json", null);

    [Fact]
    public void A_stream_does_not_carry_links() =>
        Refused("""{"prompt":"a fox","stream":true,"response_format":"url"}""", 400, "invalid_value", "response_format");

    [Fact]
    public void No_partial_pictures_may_be_asked_for_without_a_stream() => Accepted("""{"prompt":"a fox","partial_images":0}""");

    [Theory]
    [InlineData("jpeg", PictureFormat.Jpeg)]
    [InlineData("webp", PictureFormat.Webp)]
    public void Lossy_formats_take_a_compression(string format, PictureFormat expected)
    {
        var request = Accepted($$"""{"prompt":"a fox","output_format":"{{format}}","output_compression":0}""");

        Assert.Equal((expected, 0), (request.Format, request.Compression));
    }

    [Fact]
    public void The_documented_default_of_the_compression_is_accepted_with_every_format()
    {
        Assert.Equal(100, Accepted("""{"prompt":"a fox","output_compression":100}""").Compression);
        Assert.Equal((PictureFormat.Png, 100), (Accepted("""{"prompt":"a fox","output_format":"png","output_compression":100}""").Format, Accepted("""{"prompt":"a fox","output_format":"png","output_compression":100}""").Compression));
    }

    [Fact]
    public void An_error_never_tells_the_callers_words_back()
    {
        var secret = new string('z', 5000);

        Assert.DoesNotContain("zzz", Refused($$"""{"prompt":"a fox","quality":"{{secret}}"}""", 400, "invalid_value", "quality").Fields![0].Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("zzz", Refused($$"""{"prompt":"a fox","session":"{{secret}}"}""", 400, "invalid_value", "session").Fields![0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_says_what_the_request_said()
    {
        var principal = new Principal(new("brand"), new("key1"), Scopes.Generate, new ProjectId("campaign"), new UserId("ann"));
        var request = Accepted("""{"prompt":"a fox","negative_prompt":"dog","model":"m","n":2,"size":"64x72","output_format":"jpeg","output_compression":80,"user":"u","session":"s","seed":7,"steps":3,"guidance":2,"stream":true,"partial_images":1}""");

        var job = request.ToJob(principal, new ProjectId("campaign"), "digest", randomSeed: 99);

        Assert.Equal(
            new SubmitJob(principal, new("campaign"), new UserId("ann"), "s", "digest", "openai", "a fox", "dog", "m", 2, 64, 72, 7, 3, 2f, PictureFormat.Jpeg, 80, Speed.Fast, 1, null, 99, "u"),
            job);
    }

    private static OpenAiImageRequest Accepted(string json)
    {
        var (request, error) = Parse(json);
        Assert.Null(error);
        return request!;
    }

    private static ErrorAnswer Refused(string json, int status, string code, string? param)
    {
        var (request, error) = Parse(json);
        Assert.Null(request);
        var wire = OnTheWire.Of(error!);
        Assert.Equal((status, code, param, "invalid_request_error"), (wire.Status, wire.Code, wire.Param, wire.Type));
        return error!;
    }

    private static (OpenAiImageRequest? Request, ErrorAnswer? Error) Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return OpenAiImageRequest.Parse(document.RootElement);
    }
}
