using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Jobs;

public class JobFieldsTests
{
    private static (JobFields? Fields, ErrorAnswer? Error) Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JobFields.Read(document.RootElement);
    }

    private static (JobFields? Fields, ErrorAnswer? Error) With(string field, string value) => Read($$"""{"prompt":"a fox","{{field}}":{{value}}}""");

    [Fact]
    public void A_prompt_is_enough()
    {
        var (fields, error) = Read("""{"prompt":"a fox"}""");
        Assert.Null(error);
        Assert.Equal(new JobFields { Prompt = "a fox", Images = 1, Quality = JobFields.DefaultQuality, Format = PictureFormat.Png, Speed = Speed.Fast }, fields);
    }

    [Fact]
    public void Every_field_is_read()
    {
        var (fields, error) = Read("""
            {"prompt":"a fox","negative_prompt":"text","model":"sticker","n":10,"size":"8x1024","seed":9223372036854775797,"steps":50,"guidance":7.5,"format":"webp","quality":0,
             "project":"spring","session":"s.1","speed":"turbo","metadata":{"k":"v"},"previews":3}
            """);
        Assert.Null(error);
        Assert.Equal(("text", "sticker", 10, new PictureSize(8, 1024), SubmitJob.LargestSeed, 50, 7.5f), (fields!.NegativePrompt, fields.Model, fields.Images, fields.Size, fields.Seed, fields.Steps, fields.Guidance));
        Assert.Equal((PictureFormat.Webp, 0, "spring", "s.1", Speed.Turbo, 3, "v"), (fields.Format, fields.Quality, fields.Project, fields.Session, fields.Speed, fields.Previews, fields.Metadata!["k"]));
    }

    [Fact]
    public void A_clip_is_read_with_what_it_leaves_out()
    {
        var (fields, error) = With("clip", "{}");
        Assert.Null(error);
        Assert.Equal((PictureFormat.Mp4, new AskedClip(JobFields.DefaultSeconds, Motion.ZoomIn)), (fields!.Format, fields.Clip));

        (fields, error) = Read("""{"prompt":"a fox","size":"720x1280","format":"mp4","clip":{"seconds":10,"motion":"loop","end_prompt":"a wolf","end_seed":9223372036854775797}}""");
        Assert.Null(error);
        Assert.Equal((new PictureSize(720, 1280), new AskedClip(10, Motion.Loop, "a wolf", SubmitJob.LargestSeed)), (fields!.Size, fields.Clip));
    }

    [Fact]
    public void A_model_of_too_long_a_name_is_an_unknown_one_and_no_fault_of_the_body()
    {
        var (fields, error) = With("model", $"\"{new string('m', 300)}\"");
        Assert.Null(error);
        Assert.Equal(new string('m', 256), fields!.Model);
    }

    [Theory]
    [InlineData("/clip", "7")]
    [InlineData("/clip", "[]")]
    [InlineData("/clip/seconds", """{"seconds":1}""")]
    [InlineData("/clip/seconds", """{"seconds":11}""")]
    [InlineData("/clip/seconds", """{"seconds":"4"}""")]
    [InlineData("/clip/motion", """{"motion":"spin"}""")]
    [InlineData("/clip/motion", """{"motion":3}""")]
    [InlineData("/clip/end_prompt", """{"end_prompt":""}""")]
    [InlineData("/clip/end_prompt", """{"end_prompt":" \u200b "}""")]
    [InlineData("/clip/end_seed", """{"end_seed":-1}""")]
    [InlineData("/clip/fps", """{"fps":60}""")]
    public void A_fault_within_a_clip_is_named_with_the_way_to_it(string at, string clip) => Assert.Equal([at], With("clip", clip).Error!.Fields!.Select(field => field.At));

    [Fact]
    public void A_picture_has_no_side_of_a_clip() => Assert.NotNull(With("size", "\"1280x720\"").Error);

    [Theory]
    [InlineData("n", "0")]
    [InlineData("n", "-1")]
    [InlineData("n", "11")]
    [InlineData("n", "9223372036854775808")]
    [InlineData("n", "\"3\"")]
    [InlineData("n", "1.5")]
    [InlineData("n", "1e309")]
    [InlineData("n", "true")]
    [InlineData("size", "\"0x0\"")]
    [InlineData("size", "\"99999x99999\"")]
    [InlineData("size", "\"512X512\"")]
    [InlineData("size", "\"512x513\"")]
    [InlineData("size", "\"1032x8\"")]
    [InlineData("size", "\"１０２４x1024\"")]
    [InlineData("size", "\"+512x512\"")]
    [InlineData("size", "\" 512x512\"")]
    [InlineData("size", "\"0512x512\"")]
    [InlineData("size", "\"512x512x512\"")]
    [InlineData("size", "512")]
    [InlineData("steps", "0")]
    [InlineData("steps", "1000000")]
    [InlineData("seed", "-1")]
    [InlineData("seed", "18446744073709551616")]
    [InlineData("seed", "9223372036854775798")]
    [InlineData("seed", "\"abc\"")]
    [InlineData("guidance", "1e309")]
    [InlineData("guidance", "-0.1")]
    [InlineData("guidance", "30.1")]
    [InlineData("format", "\"exe\"")]
    [InlineData("format", "\"PNG\"")]
    [InlineData("quality", "101")]
    [InlineData("speed", "\"warp\"")]
    [InlineData("previews", "4")]
    [InlineData("project", "\"../x\"")]
    [InlineData("session", "\"\"")]
    [InlineData("model", "\"\"")]
    [InlineData("metadata", "[]")]
    [InlineData("metadata", "{\"a\":1}")]
    [InlineData("metadata", "{\"\":\"x\"}")]
    [InlineData("image", "\"job_0000000000000000000000000c\"")]
    [InlineData("image", "\"../../etc/passwd\"")]
    [InlineData("image", "\"\"")]
    [InlineData("image", "7")]
    [InlineData("mask", "\"input_0000000000000000000000000c\"")]
    [InlineData("strength", "0.5")]
    [InlineData("strength", "1.01")]
    [InlineData("markets", "[]")]
    [InlineData("markets", "\"DE\"")]
    [InlineData("markets", "[\"de\"]")]
    [InlineData("markets", "[\"DE\",\"Germany\"]")]
    [InlineData("channel", "\"a b\"")]
    [InlineData("may_pass_as_real", "\"no\"")]
    [InlineData("prompt2", "\"x\"")]
    [InlineData("tenant_id", "\"other\"")]
    [InlineData("credits", "0")]
    public void A_value_out_of_its_range_is_named(string field, string value)
    {
        var error = With(field, value).Error;
        Assert.Equal((422, "validation_failed"), (error?.Status, error?.Code));
        Assert.Equal("/" + field, Assert.Single(error!.Fields!).At);
    }

    [Theory]
    [InlineData("", 0.75f)]
    [InlineData(""","mask":"asset_0000000000000000000000000c_0" """, 1f)]
    [InlineData(""","strength":0.25""", 0.25f)]
    public void A_picture_to_begin_at_is_changed_by_as_much_as_was_asked_or_is_usual(string more, float strength)
    {
        var (fields, error) = With("image", "\"input_0000000000000000000000000c\"" + more);
        Assert.Null(error);
        Assert.Equal(new AskedStart("input_0000000000000000000000000c", more.Contains("mask", StringComparison.Ordinal) ? "asset_0000000000000000000000000c_0" : null, strength), fields!.Start);
        Assert.Equal("/strength", Assert.Single(With("image", "\"input_0000000000000000000000000c\",\"strength\":0").Error!.Fields!).At);
    }

    [Fact]
    public void Where_pictures_will_be_shown_is_read_whole()
    {
        var audience = Read("""{"prompt":"a fox","markets":["DE","US-CA","EU"],"channel":"meta","may_pass_as_real":false}""").Fields!.Audience!;
        Assert.Equal(["DE", "US-CA", "EU"], audience.Markets);
        Assert.Equal(("meta", false), (audience.Channel, audience.MayPassAsReal));
        Assert.Null(With("may_pass_as_real", "true").Fields!.Audience);
        var unreal = With("may_pass_as_real", "false").Fields!.Audience!;
        Assert.Empty(unreal.Markets);
        Assert.False(unreal.MayPassAsReal);
    }

    [Theory]
    [InlineData("{}", "missing_field")]
    [InlineData("""{"prompt":null}""", "missing_field")]
    [InlineData("""{"prompt":""}""", "invalid_value")]
    [InlineData("""{"prompt":7}""", "invalid_value")]
    [InlineData("""{"prompt":"  \t\n "}""", "invalid_value")]
    [InlineData("""{"prompt":"\u200b\u200d\ufeff\u2060\u00ad\u202e\ufe0f"}""", "invalid_value")]
    [InlineData("""{"prompt":"\udb40\udc61\udb40\udd00"}""", "invalid_value")]
    public void A_prompt_that_shows_nothing_is_refused(string json, string code)
    {
        var error = Assert.Single(Read(json).Error!.Fields!);
        Assert.Equal(("/prompt", code), (error.At, error.Code));
    }

    [Fact]
    public void A_prompt_may_have_32000_characters_and_not_one_more()
    {
        Assert.Null(Read($$"""{"prompt":"{{new string('x', 32_000)}}"}""").Error);
        Assert.Equal("/prompt", Read($$"""{"prompt":"{{new string('x', 32_001)}}"}""").Error!.Fields![0].At);
    }

    [Fact]
    public void A_visible_character_among_invisible_ones_is_a_prompt() => Assert.Null(Read("""{"prompt":"\u200b猫\u200b"}""").Error);

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var error = Read("""{"n":0,"size":"big","price":0,"steps":0}""").Error;
        Assert.Equal(["/prompt", "/n", "/size", "/steps", "/price"], error!.Fields!.Select(field => field.At));
    }

    [Fact]
    public void A_body_full_of_unknown_names_gets_a_bounded_answer()
    {
        var names = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"{new string('z', 200)}{i}\":1"));
        var error = Read($$"""{"prompt":"a fox",{{names}}}""").Error;
        Assert.Equal(BodyFields.MaxErrors, error!.Fields!.Count);
        Assert.All(error.Fields, field => Assert.InRange(field.At.Length, 1, Echo.MaxLength + 2));
    }

    [Fact]
    public void An_unknown_name_is_escaped_where_it_is_told()
    {
        var error = Assert.Single(Read("""{"prompt":"a fox","a/b~\n\u001b":1}""").Error!.Fields!);
        Assert.Equal("/a~1b~0\\u000a\\u001b", error.At);
    }

    [Fact]
    public void Metadata_is_bounded()
    {
        static string Map(int count, int key, int value) => "{" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i.ToString("00", null) + new string('k', key - 2)}\":\"{new string('v', value)}\"")) + "}";
        Assert.Null(With("metadata", Map(16, 64, 512)).Error);
        Assert.NotNull(With("metadata", Map(17, 64, 512)).Error);
        Assert.NotNull(With("metadata", Map(1, 65, 512)).Error);
        Assert.NotNull(With("metadata", Map(1, 64, 513)).Error);
    }
}
