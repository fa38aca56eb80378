using Vitrine.Gateway.Tests.Doubles;

namespace Vitrine.Gateway.Tests.Hosting;

[Collection(nameof(GatewayFixture))]
public class OpenApiDocumentTests(GatewayFixture fixture)
{
    /// <summary>Set to write the kept document anew instead of comparing with it.</summary>
    private const string Rewrite = "VITRINE_REWRITE_OPENAPI";

    [Fact]
    public async Task The_kept_document_is_the_one_that_is_served()
    {
        var served = (await fixture.Client().GetStringAsync("/openapi.json")).ReplaceLineEndings("\n").TrimEnd() + "\n";
        var kept = Path.Combine(Root(), "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable(Rewrite) is { Length: > 0 })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
            await File.WriteAllTextAsync(kept, served);
        }
        Assert.True(File.Exists(kept) && await File.ReadAllTextAsync(kept) == served, $"docs/openapi.json is not what the gateway serves. Look at the difference; if it is meant, run this test with {Rewrite}=1.");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
