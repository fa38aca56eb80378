using System.Text;

namespace Vitrine.Gateway.Tests.Reading;

public class StrictJsonTests
{
    private static ErrorAnswer? ErrorOf(string json) => ErrorOf(Encoding.UTF8.GetBytes(json));

    private static ErrorAnswer? ErrorOf(byte[] json)
    {
        using var body = StrictJson.Parse(json);
        return body.Error;
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{} {}")]
    [InlineData("{\"n\":1,}")]
    [InlineData("{/**/}")]
    [InlineData("{\"n\":NaN}")]
    [InlineData("{\"n\":1,\"n\":100}")]
    [InlineData("{\"n\":1,\"\\u006e\":100}")]
    [InlineData("{\"a\":{\"n\":1,\"n\":2}}")]
    [InlineData("{\"prompt\":\"\\ud800\"}")]
    [InlineData("{\"prompt\":\"\\udc00\\ud800\"}")]
    [InlineData("{\"prompt\":\"\\ud800x\"}")]
    [InlineData("{\"prompt\":\"\\ud83d\\n\\udc31\"}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"prompt\":\"\u0001\"}")]
    public void A_body_that_layers_might_read_differently_is_invalid_json(string json) => Assert.Equal((400, "invalid_json"), (ErrorOf(json)?.Status, ErrorOf(json)?.Code));

    [Fact]
    public void Broken_utf8_is_invalid_json() => Assert.Equal("invalid_json", ErrorOf([.. "{\"prompt\":\""u8, 0xC0, 0xAF, .. "\"}"u8])?.Code);

    [Fact]
    public void Ten_thousand_nested_arrays_are_invalid_json() => Assert.Equal("invalid_json", ErrorOf("{\"a\":" + new string('[', 10_000) + new string(']', 10_000) + "}")?.Code);

    [Fact]
    public void Other_encodings_are_an_unsupported_media_type()
    {
        Assert.Equal(415, ErrorOf(Encoding.Unicode.GetBytes("{}"))?.Status);
        Assert.Equal(415, ErrorOf([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("{}")])?.Status);
        Assert.Equal(415, ErrorOf(Encoding.BigEndianUnicode.GetBytes("{}"))?.Status);
        Assert.Equal(415, ErrorOf([.. Encoding.UTF8.GetPreamble(), .. "{}"u8])?.Status);
    }

    [Fact]
    public void An_escaped_nul_is_a_fault_of_its_field()
    {
        var error = ErrorOf("{\"n\":1,\"prompt\":\"a\\u0000b\"}");
        Assert.Equal((422, "/prompt", "invalid_value"), (error?.Status, error?.Fields?[0].At, error?.Fields?[0].Code));
        Assert.Equal("/metadata", ErrorOf("{\"metadata\":{\"a\":[\"\\u0000\"]}}")?.Fields?[0].At);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"prompt\":\"\\ud83d\\udc31 \\\\u0000 \\\\ud800 \\n\"}")]
    [InlineData("{\"prompt\":\"🐱\",\"metadata\":{\"a'b\":\"$where\"}}")]
    public void Honest_bodies_are_read(string json) => Assert.Null(ErrorOf(json));
}
