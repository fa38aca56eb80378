using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Access;

public class ApiKeyTests
{
    private static readonly string Secret = new('s', 43);

    [Theory]
    [InlineData("acme", "0123456789abcdef")]
    [InlineData("acme-west-2", "root")]
    [InlineData("a-", "k")]
    public void The_tenant_and_the_key_are_read_from_the_end(string tenant, string key)
    {
        Assert.True(ApiKey.TryParse($"vk-{tenant}-{key}-{Secret}", out var read));
        Assert.Equal((tenant, key, Secret), (read.Tenant.Value, read.Key.Value, read.Secret));
    }

    [Fact]
    public void A_secret_may_hold_hyphens()
    {
        var secret = "-_-" + new string('a', 37) + "---";
        Assert.True(ApiKey.TryParse($"vk-acme-west-root-{secret}", out var read));
        Assert.Equal(("acme-west", "root", secret), (read.Tenant.Value, read.Key.Value, read.Secret));
    }

    [Theory]
    [InlineData("")]
    [InlineData("vk-")]
    [InlineData("vk-acme-root-")]
    [InlineData("vk-acme-sssssssssssssssssssssssssssssssssssssssssss")]
    [InlineData("sk-acme-root-sssssssssssssssssssssssssssssssssssssssssss")]
    [InlineData("VK-acme-root-sssssssssssssssssssssssssssssssssssssssssss")]
    [InlineData("vk-ACME-root-sssssssssssssssssssssssssssssssssssssssssss")]
    [InlineData("vk--root-sssssssssssssssssssssssssssssssssssssssssss")]
    [InlineData("vk-acme--sssssssssssssssssssssssssssssssssssssssssss")]
    [InlineData("vk-acme/../platform-root-sssssssssssssssssssssssssssssssssssssssssss")]
    [InlineData("vk-acme-root-ssssssssssssssssssssssssssssssssssssssssss=")]
    [InlineData("vk-acme-root-ssssssssssssssssssssssssssssssssssssssssssé")]
    [InlineData("vk-acme-root-ssssssssssssssssssssssssssssssssssssssssss")]
    public void Anything_else_is_no_key(string text) => Assert.False(ApiKey.TryParse(text, out _));

    [Fact]
    public void A_key_of_ten_kilobytes_is_no_key() => Assert.False(ApiKey.TryParse("vk-" + new string('a', 10_000) + "-root-" + Secret, out _));

    [Fact]
    public void A_new_key_reads_back_and_shows_its_secret_only_when_asked()
    {
        var key = ApiKey.New(new("acme-west"));
        Assert.True(ApiKey.TryParse(key.Reveal(), out var read));
        Assert.Equal(key, read);
        Assert.DoesNotContain(key.Secret, key.ToString(), StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Secret))), key.Digest);
        Assert.Matches(@"\A[0-9a-z]{16}\z", key.Key.Value);
    }
}
