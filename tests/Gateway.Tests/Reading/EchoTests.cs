namespace Vitrine.Gateway.Tests.Reading;

public class EchoTests
{
    [Fact]
    public void What_could_steer_a_terminal_is_escaped() => Assert.Equal("'a\\u000d\\u000a\\u001b[31m\\u202e'", Echo.Of("a\r\n\u001b[31m\u202e"));

    [Fact]
    public void No_more_than_64_characters_come_back() => Assert.InRange(Echo.Of(new string('x', 10_000)).Length, 1, Echo.MaxLength + 2);

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(250, "250ms")]
    [InlineData(1000, "1s")]
    [InlineData(1001, "2s")]
    [InlineData(360_000, "6m0s")]
    public void Waiting_times_are_written_as_openai_writes_them(int milliseconds, string text) => Assert.Equal(text, RateHeaders.Text(TimeSpan.FromMilliseconds(milliseconds)));
}
