using System.Security.Cryptography;

namespace Vitrine.Local.Tests;

/// <summary>The demo against a stand-in gateway, whose behaviour the prompt decides.</summary>
public sealed class LocalDemoTests(LocalDemoTests.OnePlatform one) : IClassFixture<LocalDemoTests.OnePlatform>
{
    [Theory]
    [InlineData("a red fox, sticker")]
    [InlineData("broken")]
    public async Task The_demo_succeeds_with_four_checked_pictures_even_over_a_broken_connection(string prompt)
    {
        var output = new StringWriter();

        Assert.True(await Demo(output).Run(prompt, default));

        for (var n = 1; n <= LocalDemo.Pictures; n++)
        {
            var path = one.Folder.At($"pictures/a{n}.png");
            var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
            Assert.Contains($"\nasset a{n} {path} sha256={digest} credential=valid\n", output.ToString(), StringComparison.Ordinal);
        }

        Assert.Matches(@"\n4 pictures in [0-9.]+ s, [0-9.]+ s per picture\n$", output.ToString());
    }

    [Fact]
    public async Task The_demo_fails_when_a_picture_is_not_what_was_announced()
    {
        Assert.False(await Demo(new StringWriter()).Run("tampered", default));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("invalid")]
    [InlineData("untrusted")] // By somebody, but not by us.
    public async Task The_demo_fails_when_a_credential_does_not_lead_to_our_anchor(string credential)
    {
        Assert.False(await Demo(new StringWriter(), credential).Run("a red fox", default));
    }

    [Fact]
    public async Task A_job_that_fails_says_why()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Demo(new StringWriter()).Run("refused", default));

        Assert.Contains("content_refused", failure.Message, StringComparison.Ordinal);
    }

    private LocalDemo Demo(StringWriter output, string credential = "valid") =>
        new(one.Platform.Access, one.Folder.At("pictures"), (_, _) => credential, output, terminal: false);

    public sealed class OnePlatform : IAsyncLifetime
    {
        internal TestFolder Folder { get; } = new();

        public LocalPlatform Platform { get; private set; } = null!;

        public async Task InitializeAsync() => Platform = await LocalPlatform.Start(LocalPlatformTests.StandIns(Folder), default);

        public async Task DisposeAsync()
        {
            await Platform.DisposeAsync();
            Folder.Dispose();
        }
    }
}
